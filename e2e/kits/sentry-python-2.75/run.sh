#!/bin/bash
# sentry-sdk 2.75 (PyPI) on Python 3: 23 scenarios, each in a process of its own: exceptions, groups,
# logging, transactions, streamed spans, logs, metrics, crons, sessions, attachments, user report,
# profiles, client reports, trimming, br and plain transports, Flask, 429/413/500, excepthook.
. "$(dirname "$0")/../lib.sh"
need DSN
pip_venv "$WORKDIR/venv-sentry-2.75" sentry-sdk==2.75.0 flask brotli
tap_start
DSN=$TAP_DSN timeout 400 "$WORKDIR/venv-sentry-2.75/bin/python" "$HERE/driver.py"
RC=$?
KINDS=event,transaction,span,log,trace_metric,check_in,session,sessions
KINDS=$KINDS,attachment,user_report,profile,profile_chunk,client_report
report --driver-exit $RC --min 40 --kinds $KINDS
