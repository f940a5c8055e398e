"""compare.py SCRUB FIXTURES PAGE: the same events and rules through Watchpost's scrubber and
Relay's.

Prints one line for each check; a difference that differences.py does not explain fails.
"""

import collections
import json
import os
import subprocess
import sys

from sentry_relay.processing import (
    convert_datascrubbing_config,
    pii_strip_event,
    validate_pii_selector,
)

import advanced
import events
from differences import DIFFERENCES

SETTINGS = {
    "the default rules": {},
    "addresses too": {"ip_addresses": True},
    "sensitive and safe fields": {
        "sensitive_fields": ["zork", "Foo"],
        "safe_fields": ["safe", "bar", "ok.ay"],
    },
    "sensitive fields only": {"defaults": False, "sensitive_fields": ["zork"]},
}
SHOWN = int(os.environ.get("SHOWN", "12"))

Seen = collections.namedtuple("Seen", "path key before ours theirs")


def ours(lines):
    """What Watchpost makes of each {"scrubbing", "event"}."""
    text = "\n".join(json.dumps(line) for line in lines)
    run = subprocess.run([sys.argv[1]], input=text, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit("FAIL the scrubber ended with %d: %s" % (run.returncode, run.stderr))
    return [json.loads(line) for line in run.stdout.splitlines()]


def relay_config(scrubbing):
    return convert_datascrubbing_config(
        {
            "scrubData": True,
            "scrubDefaults": scrubbing.get("defaults", True),
            "scrubIpAddresses": scrubbing.get("ip_addresses", False),
            "sensitiveFields": scrubbing.get("sensitive_fields", []),
            "excludeFields": scrubbing.get("safe_fields", []),
        }
    )


def leaves(value, path=(), key=""):
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from leaves(entry, path + (name,), name)
    elif isinstance(value, list):
        is_pairs = value and all(
            isinstance(v, list) and len(v) == 2 and isinstance(v[0], str) for v in value
        )
        for index, entry in enumerate(value):
            if is_pairs:
                yield from leaves(entry[1], path + (str(index), "1"), entry[0])
            else:
                yield from leaves(entry, path + (str(index),), key)
    else:
        yield ".".join(path), (key, value)


def differences(event, left, theirs):
    """Each text of the event that the two left differently."""
    left = dict(leaves(events.for_relay(left)))
    theirs = dict(leaves(theirs))
    nothing = ("", None)
    for path, (key, before) in leaves(events.for_relay(event)):
        if not isinstance(before, str) or path.split(".")[0] in events.EMPTY:
            continue
        seen = Seen(path, key, before, left.get(path, nothing)[1], theirs.get(path, nothing)[1])
        if (seen.ours or None) != (seen.theirs or None):
            yield seen


def compare(label, lines, configs, explained):
    unexplained = []
    for line, config, result in zip(lines, configs, ours(lines)):
        theirs = pii_strip_event(config, events.for_relay(line["event"]))
        for seen in differences(line["event"], result["event"], theirs):
            for name, explains in DIFFERENCES:
                if explains(seen):
                    explained[name] += 1
                    break
            else:
                unexplained.append(seen)
    check("%s: %d events" % (label, len(lines)), unexplained)


def check(label, faults):
    print("ok  " if not faults else "FAIL", label)
    for fault in faults[:SHOWN]:
        print("     ", fault)
    if len(faults) > SHOWN:
        print("      … and %d more" % (len(faults) - SHOWN))
    global failed
    failed |= bool(faults)


def all_events(folder):
    yield from (event for _, event in events.fixtures(folder))
    yield from map(events.planted, events.TEXTS)
    yield from map(events.named, events.NAMES + events.COOKIES)
    yield from (
        events.named(name, text) for name in ("safe", "zork", "k") for text in events.TEXTS
    )
    yield from map(events.mixed, range(150))


def selectors():
    """Both accept or refuse the same selectors."""
    lines = [
        {"scrubbing": {"advanced": json.dumps({"applications": {selector: []}})}}
        for selector in advanced.SELECTORS
    ]
    faults = []
    for selector, result in zip(advanced.SELECTORS, ours(lines)):
        try:
            validate_pii_selector(selector)
            theirs = True
        except ValueError:
            theirs = False
        if theirs != (not result["faults"]):
            faults.append(
                (selector, "Relay accepts" if theirs else "Relay refuses", result["faults"])
            )
    check("%d selectors" % len(lines), faults)


def rules(explained):
    """Advanced rules: every kind, every method, through many selectors."""
    lines, configs = [], []
    for config in advanced.configs():
        for event in advanced.EVENTS:
            scrubbing = {"defaults": False, "advanced": json.dumps(config)}
            lines.append({"scrubbing": scrubbing, "event": event})
            configs.append(config)
    compare("advanced rules", lines, configs, explained)


def main():
    explained = collections.Counter()
    for label, scrubbing in SETTINGS.items():
        lines = [{"scrubbing": scrubbing, "event": event} for event in all_events(sys.argv[2])]
        compare(label, lines, [relay_config(scrubbing)] * len(lines), explained)
    selectors()
    rules(explained)
    with open(sys.argv[3], encoding="utf-8") as page:
        page = page.read()
    for name, _ in DIFFERENCES:
        check(
            "%s explains %d differences" % (name, explained[name]),
            ([] if explained[name] else ["nothing any more"])
            + ([] if "`%s`" % name in page else ["docs/SCRUBBING.md does not say why"]),
        )


failed = False
main()
sys.exit(1 if failed else 0)
