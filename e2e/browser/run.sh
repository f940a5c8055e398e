#!/bin/bash
# Walks through the pages in Debian's Chromium, as a person would: README.md says which walks.
# Needs BIN, the watchpost binary; every walk starts a server of its own.
# SHOTS is the folder for pictures (default: $WORKDIR/screenshots); ONLY runs the walks with that name.
. "$(dirname "$0")/../kits/lib.sh"
need BIN
. "$HERE/chromium.sh"
export SHOTS=${SHOTS:-$WORKDIR/screenshots}
mkdir -p "$SHOTS"
exec node "$HERE/walk.mjs"
