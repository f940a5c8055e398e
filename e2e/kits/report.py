#!/usr/bin/env python3
"""report.py LOG [--min N] [--kinds a,b] [--allow LABEL=STATUS] [--expected expected.json]
          [--driver-exit N] [--cors] [--refused]

Reads a tap log and prints one line per check; exit 1 when any failed. Every exchange that reached
the server must have been answered 2xx (304 and redirects count as failures: no client follows them
here); with --refused every one must be a 4xx.
With TOKEN, ORG and BASE_URL in the environment every accepted event id is also looked up through
GET /api/0/organizations/ORG/eventids/ID/, and with --expected the issues they landed in are compared
with the groups the original server made: events of one expected group must never be split over two
issues.
"""

import argparse, collections, json, sys

import lookup

parser = argparse.ArgumentParser()
parser.add_argument("log")
parser.add_argument("--min", type=int, default=1)
parser.add_argument("--kinds", default="")
parser.add_argument("--allow", action="append", default=[])
parser.add_argument("--expected")
parser.add_argument("--driver-exit", type=int, default=0)
parser.add_argument("--cors", action="store_true")
parser.add_argument("--refused", action="store_true")
args = parser.parse_args()
results = collections.Counter()


def check(ok, text):
    results[bool(ok)] += 1
    print(("ok   " if ok else "FAIL ") + text, flush=True)


def is_good(row):
    """2xx: stored."""
    return 200 <= row["status"] < 300


def check_answers(label, rows, allowed):
    """Every exchange of one scenario got the answer it must get."""
    real = [row for row in rows if not row["injected"]]
    if args.refused:
        wrong = [row for row in real if not 400 <= row["status"] < 500]
    else:
        wrong = [row for row in real if not is_good(row) and str(row["status"]) != allowed]
    kinds = collections.Counter(kind for row in rows for kind in row["kinds"])
    by_tap = len(rows) - len(real)
    text = "%s: %d request%s" % (label, len(rows), "" if len(rows) == 1 else "s")
    text += " (%d answered by the tap)" % by_tap if by_tap else ""
    check(not wrong, text + "; " + ", ".join("%s x%d" % kind for kind in kinds.items()))
    for row in wrong:
        path, answer = row["path"].split("?")[0], row["answer"][:160].replace("\n", " ")
        print("       %s %s -> %s %s %s" % (row["method"], path, row["status"], answer, row["err"]))
    if args.cors and any(row["origin"] for row in real):
        asked = [row for row in real if row["origin"] and "/api/embed/" not in row["path"]]
        text = "%s: answers to browser requests carry Access-Control-Allow-Origin" % label
        check(all(row["acao"] for row in asked), text)


def check_groups(ids, groups):
    """What the original server joined is not split."""
    expected = json.load(open(args.expected))
    messages = expected["messages"]
    text = "%d events accepted, the original server stored %d" % (len(ids), len(messages))
    check(len(messages) == len(ids), text)
    landed = collections.defaultdict(set)
    for message, event_id in zip(messages, ids):
        if event_id in groups:
            landed[message["group"]].add(groups[event_id])
    for group, issues in sorted(landed.items()):
        title = expected["groups"][group]["message"].split("\n")[0][:60]
        check(len(issues) == 1, "expected group %s (%s) is one issue" % (group, title))
    count = len({issue for issues in landed.values() for issue in issues})
    print("info %d expected groups landed in %d issues" % (len(landed), count))


rows = [json.loads(line) for line in open(args.log)]
allow = dict(pair.split("=") for pair in args.allow)
by_label = collections.OrderedDict()
for row in rows:
    by_label.setdefault(row["label"], []).append(row)
for label, its_rows in by_label.items():
    check_answers(label, its_rows, allow.get(label))

reached = [row for row in rows if not row["injected"]]
text = "%d requests reached the server (at least %d expected)" % (len(reached), args.min)
check(len(reached) >= args.min, text)
seen = {kind for row in rows for kind in row["kinds"]}
for kind in filter(None, args.kinds.split(",")):
    check(kind in seen, "client sent %s" % kind)
check(args.driver_exit == 0, "client program exit code %d" % args.driver_exit)

ids = [event_id for row in reached if is_good(row) for event_id in row["ids"]]
if lookup.access() and ids:
    groups = lookup.check_found(ids, check)
    if args.expected:
        check_groups(ids, groups)
elif args.expected:
    print("info no TOKEN/ORG given: grouping not compared")
print("%d passed, %d failed" % (results[True], results[False]))
sys.exit(1 if results[False] else 0)
