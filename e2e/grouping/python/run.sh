#!/bin/bash
# sentry-sdk 2.75 (PyPI): a shop with pages and background jobs, in two releases.
. "$(dirname "$0")/../../kits/lib.sh"
. "$HERE/../lib.sh"
pip_venv "$WORKDIR/venv-sentry-2.75" sentry-sdk==2.75.0 flask brotli
# The client compresses with brotli, which the tap must read.
PATH=$WORKDIR/venv-sentry-2.75/bin:$PATH
tap_start
cd "$APP" || exit 2
for number in 1 2; do
  release $number
  for program in traffic jobs; do
    SENTRY_DSN=$TAP_DSN timeout 300 python $program.py ||
      { echo "FAIL $program ended with $?"; exit 1; }
  done
done
