#!/bin/bash
# raven-python 6.10.0, the last of the old SDKs, on Python 3: exception, message, interfaces,
# logging handler, query, breadcrumbs.
. "$(dirname "$0")/../lib.sh"
need DSN
pip_venv "$WORKDIR/venv-raven" raven==6.10.0 'setuptools<81'
tap_start
DSN=$TAP_DSN_SECRET timeout 90 "$WORKDIR/venv-raven/bin/python" -W ignore "$HERE/driver.py" 6.10.0
RC=$?
report --driver-exit $RC --min 7 --kinds store-event
