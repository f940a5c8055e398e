#!/usr/bin/env python3
"""compare.py WATCHPOST-BENCH

Gives the same events to Sentry's normaliser (the PyPI wheel sentry-relay) and to ours. Every
difference must be in the table of docs/normalisation.md, and every row of it must be needed.
"""

import fnmatch, json, pathlib, re, subprocess, sys

from sentry_relay.processing import StoreNormalizer

import shape
from cases import CASES

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DOC = ROOT / "docs/normalisation.md"
RECEIVED = "2026-11-22T16:00:00Z"
DAYS = 24 * 3600


def cases():
    """Name and arrival of every event: what clients sent, and what only a test would."""
    for path in sorted(ROOT.glob("fixtures/*/*.json")):
        arrival = json.loads(path.read_text())
        # Records of 2010 are unknown to Sentry's normaliser.
        if isinstance(arrival, dict) and arrival.get("format") == "event":
            yield f"{path.parent.name}/{path.stem}", arrival
    for name, event in CASES.items():
        event = {"timestamp": "2026-11-22T15:59:00Z", **event}
        yield name, {"format": "event", "received": RECEIVED, "event": event}


def by_relay(arrival):
    normalizer = StoreNormalizer(
        project_id=1,
        client_hints={},
        received_at=arrival["received"],
        normalize_user_agent=True,
        enable_trimming=True,
        max_secs_in_past=90 * DAYS,
        max_secs_in_future=60,
    )
    event = normalizer.normalize_event(arrival["event"])
    if "trace" not in (arrival["event"].get("contexts") or {}):
        # It makes one up, new each time.
        del event["contexts"]["trace"]
    return shape.of_relay(event)


def by_us(bench, arrivals):
    lines = "".join(json.dumps(arrival) + "\n" for arrival in arrivals)
    run = subprocess.run([bench, "normalize"], input=lines, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"FAIL {bench}: {run.stderr}")
    return [shape.of_ours(json.loads(line)) for line in run.stdout.splitlines()]


def rules():
    """Rows `| `pattern`, … | Sentry | Watchpost | why |` below the heading "Differences"."""
    text = DOC.read_text().split("## Differences", 1)[1]
    found = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            for pattern in re.findall(r"`([^`]+)`", line.split("|")[1]):
                found[pattern] = False
    return found


def is_moment(left, right):
    """Sentry keeps times as floating numbers, whose last microsecond is a guess."""
    return isinstance(left, float) and isinstance(right, float) and abs(left - right) < 2e-6


def matches(pattern, place):
    """Without a case a pattern is about all of them."""
    return fnmatch.fnmatchcase(place, pattern if ":" in pattern else f"*:{pattern}")


def main():
    named = list(cases())
    listed = rules()
    ours = by_us(sys.argv[1], [arrival for _, arrival in named])
    failed = 0
    for (name, arrival), mine in zip(named, ours, strict=True):
        if any(path.startswith("seed.") for path in mine):
            # Signed clients of 2011 send records of 2010 here, which Sentry throws away.
            continue
        theirs = by_relay(arrival)
        unlisted = []
        for path in sorted(theirs.keys() | mine.keys()):
            left, right = theirs.get(path), mine.get(path)
            if left == right or is_moment(left, right):
                continue
            hits = [pattern for pattern in listed if matches(pattern, f"{name}:{path}")]
            for pattern in hits:
                listed[pattern] = True
            if not hits:
                unlisted.append(f"  {path}: Sentry {left!r:.80}, Watchpost {right!r:.80}")
        print(("FAIL" if unlisted else "ok  "), name, *unlisted, sep="\n" if unlisted else " ")
        failed += bool(unlisted)
    for pattern, is_needed in listed.items():
        if not is_needed:
            print(f"FAIL no difference matches `{pattern}` any more: take it out of {DOC.name}")
            failed += 1
    sys.exit(1 if failed else 0)


main()
