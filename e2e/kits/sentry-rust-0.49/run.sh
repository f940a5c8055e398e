#!/bin/bash
# The Rust crate `sentry` 0.49 (ureq transport): errors, messages, transaction, logs, metrics, both
# session modes, attachment, check-in, panic, rate limits.
. "$(dirname "$0")/../lib.sh"
need DSN
have cargo
have curl
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$WORKDIR/target}
mkdir -p "$WORKDIR/rsclient"
cp -r "$HERE/Cargo.toml" "$HERE/src" "$WORKDIR/rsclient/"
(cd "$WORKDIR/rsclient" && cargo build -q 2>"$WORKDIR/cargo.log") ||
  { echo "FAIL cargo build"; tail -20 "$WORKDIR/cargo.log"; exit 1; }
tap_start
DSN=$TAP_DSN timeout 180 "$CARGO_TARGET_DIR/debug/rsclient"
RC=$?
KINDS=event,transaction,log,trace_metric,session,sessions,attachment,check_in
report --driver-exit $RC --min 15 --kinds $KINDS
