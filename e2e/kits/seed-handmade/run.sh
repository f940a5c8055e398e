#!/bin/bash
# Clients written only from the original page, in curl and Python 3: plain, wrapped, zlib, gzip and
# raw-deflate bodies, multipart, minimal record.
# Needs BASE_URL and SEED_KEY; SEED_PATH is /store/ by default.
. "$(dirname "$0")/../lib.sh"
need BASE_URL SEED_KEY
have curl
DSN=
RC=0
tap_start
STORE_URL=$TAP_URL${SEED_PATH:-/store/}
bash "$HERE/client.sh" "$STORE_URL" "$SEED_KEY" || RC=1
python3 "$HERE/client.py" "$STORE_URL" "$SEED_KEY" || RC=1
report --driver-exit $RC --min 16 --kinds store-event
