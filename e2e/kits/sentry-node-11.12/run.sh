#!/bin/bash
# @sentry/node 11.12: 20 scenarios, each in a process of its own. Spans are streamed by default:
# there are transaction items only where traceLifecycle is "static".
. "$(dirname "$0")/../lib.sh"
need DSN
have node
have npm
have curl
npm_dir "$WORKDIR/npm-node-11.12" @sentry/node@11.12.0 @sentry/profiling-node@11.1.0
tap_start
cd "$WORKDIR/npm-node-11.12" && DSN=$TAP_DSN timeout 400 node "$HERE/driver.mjs"
RC=$?
KINDS=event,transaction,span,log,trace_metric,check_in,session
KINDS=$KINDS,attachment,feedback,profile_chunk,client_report
report --driver-exit $RC --min 40 --kinds $KINDS
