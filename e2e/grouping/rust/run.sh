#!/bin/bash
# The Rust crate `sentry` 0.49 (ureq): errors, panics and messages of a small program.
. "$(dirname "$0")/../../kits/lib.sh"
. "$HERE/../lib.sh"
have cargo
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$WORKDIR/target}
# The versions of the kit of this client, if it has run here.
[ -f "$WORKDIR/rsclient/Cargo.lock" ] && cp "$WORKDIR/rsclient/Cargo.lock" "$APP/"
tap_start
cd "$APP" || exit 2
for number in 1 2; do
  release $number
  cargo build -q 2>"$APP/cargo.log" ||
    { echo "FAIL cargo build"; tail -20 "$APP/cargo.log"; exit 1; }
  SENTRY_DSN=$TAP_DSN timeout 300 "$CARGO_TARGET_DIR/debug/shop" ||
    { echo "FAIL the program ended with $?"; exit 1; }
done
