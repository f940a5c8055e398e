#!/bin/bash
# Watchpost's scrubber beside Sentry's own: the PyPI wheel sentry-relay. Needs no server, only the
# example `scrub` of crates/normalize that `cargo build --all-targets` leaves beside BIN.
. "$(dirname "$0")/../lib.sh"
SCRUB=${SCRUB:-$(dirname "${BIN:-$HERE/../../../target/debug/watchpost}")/examples/scrub}
[ -x "$SCRUB" ] || skip "no $SCRUB: cargo build -p watchpost-normalize --examples"
have python3
VENV=$WORKDIR/venv-sentry-relay-0.10.1
[ -f "$VENV/.done" ] || {
  python3 -m venv "$VENV" &&
    "$VENV/bin/pip" install -q --disable-pip-version-check sentry-relay==0.10.1 &&
    touch "$VENV/.done"
} || skip "sentry-relay 0.10.1 cannot be installed"
exec "$VENV/bin/python" "$HERE/compare.py" "$SCRUB" "$HERE/../../../fixtures" \
  "$HERE/../../../docs/SCRUBBING.md"
