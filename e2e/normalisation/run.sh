#!/bin/bash
# Compares what we store of an event with what Sentry's own normaliser makes of it.
# BIN: the server; `watchpost-bench` is beside it. WORKDIR: where the wheel is installed.
# Exit 77 when it cannot be installed here.

. "$(dirname "$0")/../kits/lib.sh"
need BIN
have python3

ENV=$WORKDIR/sentry-relay-0.10.1
if [ ! -f "$ENV/.done" ]; then
  python3 -m venv "$ENV" &&
    "$ENV/bin/pip" install -q --disable-pip-version-check sentry-relay==0.10.1 &&
    touch "$ENV/.done" || skip "sentry-relay cannot be installed"
fi
"$ENV/bin/python" -c 'import sentry_relay.processing' 2>/dev/null ||
  skip "sentry-relay cannot be loaded"
"$ENV/bin/python" "$HERE/compare.py" "$(dirname "$BIN")/watchpost-bench"
