"""Looks accepted events up through the web API. report.py and the seed probes use it."""

import json, os, time, urllib.request


def access():
    """-> (server, organization, token) from the environment, or None when one is missing."""
    found = tuple(os.environ.get(name) for name in ("BASE_URL", "ORG", "TOKEN"))
    return found if all(found) else None


def find_events(ids):
    """-> ({event id: issue id}, {id that was not found: why}); waits up to SETTLE (20) seconds."""
    base, org, token = access()
    groups, missing = {}, dict.fromkeys(ids, "not asked")
    end = time.time() + float(os.environ.get("SETTLE", "20"))
    while True:
        for event_id in list(missing):
            url = "%s/api/0/organizations/%s/eventids/%s/" % (base.rstrip("/"), org, event_id)
            request = urllib.request.Request(url, headers={"Authorization": "Bearer " + token})
            try:
                answer = json.loads(urllib.request.urlopen(request, timeout=10).read())
                groups[event_id] = str(answer["groupId"])
                del missing[event_id]
            except Exception as error:
                missing[event_id] = repr(error)
        if not missing or time.time() >= end:
            return groups, missing
        time.sleep(0.2)


def check_found(ids, check):
    """Reports through check(ok, text) whether all of them are there. -> {event id: issue id}"""
    groups, missing = find_events(ids)
    total = len(groups) + len(missing)
    check(not missing, "%d of %d accepted events can be found by id" % (len(groups), total))
    for event_id, why in list(missing.items())[:5]:
        print("       %s: %s" % (event_id, why))
    return groups
