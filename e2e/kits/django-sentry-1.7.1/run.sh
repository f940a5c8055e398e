#!/bin/bash
# The real django-sentry 1.7.1 client (Python 2.7), of the version the original protocol page
# belongs to: 19 cases, 25 events.
# Needs BASE_URL and SEED_KEY; SEED_PATH is /store/ by default. With TOKEN and ORG it also compares
# the issues with expected.json.
. "$(dirname "$0")/../lib.sh"
need BASE_URL SEED_KEY
DSN=
VERSION=${VERSION:-1.7.1}
py27_env "${PY27_HOME:-$WORKDIR/p27}"
py27_pkg django-sentry "$VERSION"
tap_start
STORE_URL=$TAP_URL${SEED_PATH:-/store/} PYTHONPATH=$PY27DIR/v/django-sentry-$VERSION \
  timeout 120 "$PY27" -W ignore "$HERE/driver.py" 2>"$WORKDIR/client.err"
RC=$?
[ $RC -le 1 ] || tail -5 "$WORKDIR/client.err"
report --driver-exit $RC --min 25 --kinds store-event --expected "$HERE/expected.json"
