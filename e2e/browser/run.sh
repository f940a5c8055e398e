#!/bin/bash
# Walks through the pages in Debian's Chromium, as a person would: README.md says which walks.
# Needs BIN, the watchpost binary; every walk starts a server of its own.
# SHOTS is the folder for pictures (default: $WORKDIR/screenshots); ONLY runs the walks with that name.
. "$(dirname "$0")/../kits/lib.sh"
need BIN
have node
have npm
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] ||
  skip "no Chromium (apt-get install chromium, or set CHROMIUM)"
npm_dir "$WORKDIR/npm-walk-1" playwright-core@1.65.1 axe-core@4.14.1
export MODULES=$WORKDIR/npm-walk-1
export SHOTS=${SHOTS:-$WORKDIR/screenshots}
mkdir -p "$SHOTS"
exec node "$HERE/walk.mjs"
