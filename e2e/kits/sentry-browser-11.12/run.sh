#!/bin/bash
# @sentry/browser 11.12 in headless Debian Chromium through playwright-core. Pages are served on
# another port than the server, so every request is cross-origin.
# WITH_CSP=1 adds a real CSP report, WITH_RAVEN_JS=1 adds raven-js 3.27.
. "$(dirname "$0")/../lib.sh"
need DSN
have node
have npm
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] ||
  skip "no Chromium (apt-get install chromium, or set CHROMIUM)"
npm_dir "$WORKDIR/npm-browser-11.12" @sentry/browser@11.12.0 playwright-core@1.65.1 \
  esbuild@0.28.2 ${WITH_RAVEN_JS:+raven-js@3.27.2}
tap_start
cd "$WORKDIR/npm-browser-11.12" && DSN=$TAP_DSN timeout 400 node "$HERE/driver.mjs"
RC=$?
KINDS=event,span,transaction,session,replay_event,replay_recording
KINDS=$KINDS,feedback,log,trace_metric,profile_chunk
report --driver-exit $RC --cors --min 28 --kinds $KINDS
