"""Brings an event of either side into one shape: a flat map from path to value.

What only looks different is made equal here; docs/normalisation.md says so. What is different is
left to compare.py.
"""

import datetime

# Sentry's own book-keeping, and what the client does not decide.
NOT_COMPARED = {"event_id", "received", "version", "key_id", "project", "type", "errors", "_meta"}
VALUES = ("exception", "threads", "breadcrumbs")


def of_relay(event):
    event = {k: v for k, v in event.items() if k not in NOT_COMPARED}
    event["tags"] = {k: v for k, v in pairs(event.get("tags")) if k is not None and v is not None}
    user = event.get("user") or {}
    user.pop("sentry_user", None)
    for name, context in (event.get("contexts") or {}).items():
        # Each context says its own name, and some a line for people.
        if isinstance(context, dict):
            kind = context.pop("type", name)
            if kind in ("browser", "os", "client_os", "runtime"):
                context.pop("os" if kind == "client_os" else kind, None)
    return flat(shape(event))


def of_ours(event):
    event = {k: v for k, v in event.items() if k not in NOT_COMPARED and k != "remarks"}
    other = {k: v for k, v in event.pop("other", {}).items() if k not in NOT_COMPARED}
    settings = other.pop("sdk_settings", None)
    if settings:
        event.setdefault("sdk", {})["settings"] = settings
    event.update(other)
    for context in event.get("contexts", {}).values():
        context.pop("type", None)
    tags = {tag["key"]: tag["value"] for tag in event.get("tags", [])}
    for field in ("server_name", "site"):
        if field in event:
            tags[field] = event.pop(field)
    event["tags"] = tags
    return flat(shape(event))


def shape(event):
    if "timestamp" in event:
        event["timestamp"] = seconds(event["timestamp"])
    for field in VALUES:
        event[field] = (event.get(field) or {}).get("values")
    for crumb in event["breadcrumbs"] or []:
        if crumb and "timestamp" in crumb:
            crumb["timestamp"] = seconds(crumb["timestamp"])
        if crumb:
            # Without a word both sides mean these.
            crumb.setdefault("type", "default")
            crumb.setdefault("level", "info")
    stacks = [event] + [
        entry or {} for field in ("exception", "threads") for entry in event[field] or []
    ]
    for holder in stacks:
        for frame in ((holder.get("stacktrace") or {}).get("frames")) or []:
            if isinstance((frame or {}).get("vars"), list):
                frame["vars"] = {var["name"]: var["value"] for var in frame["vars"]}
        for field in ("crashed", "current"):
            if holder.get(field) is False:
                del holder[field]
        for field in ("id", "thread_id"):
            if isinstance(holder.get(field), int):
                holder[field] = str(holder[field])
    request = event.get("request") or {}
    for field in ("headers", "cookies", "query_string"):
        # Sentry sorts the headers by name.
        request[field] = (sorted if field == "headers" else list)(
            [k.lower() if field == "headers" and k else k, v] for k, v in pairs(request.get(field))
        )
    return event


def pairs(value):
    if isinstance(value, dict):
        return list(value.items())
    return [tuple(pair) for pair in value or [] if pair]


def seconds(value):
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
    return None if value is None else round(value, 6)


def flat(value, path=""):
    """Null and empty are the same as absent."""
    if isinstance(value, dict):
        entries = value.items()
    elif isinstance(value, list):
        entries = enumerate(value)
    else:
        return {} if value in (None, "") else {path: value}
    found = {}
    for key, inner in entries:
        found.update(flat(inner, f"{path}.{key}" if path else str(key)))
    return found
