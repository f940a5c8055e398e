#!/bin/bash
# npm raven 2.6.4: exception, message, exception with request, uncaught exception.
. "$(dirname "$0")/../lib.sh"
need DSN
have node
have npm
have curl
VERSION=${VERSION:-2.6.4}
npm_dir "$WORKDIR/npm-raven-$VERSION" "raven@$VERSION"
tap_start
cd "$WORKDIR/npm-raven-$VERSION" &&
  DSN=$TAP_DSN_SECRET NODE_ENV=production timeout 90 node "$HERE/driver.js"
RC=$?
report --driver-exit $RC --min 4 --kinds store-event
