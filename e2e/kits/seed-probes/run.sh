#!/bin/bash
# 48 probes of the original protocol's endpoint, good and bad.
# Needs BASE_URL and SEED_KEY; SEED_PATH is /store/ by default. STRICT=1 also checks the class of
# every answer. With TOKEN and ORG every accepted message is looked up by its id.
. "$(dirname "$0")/../lib.sh"
need BASE_URL SEED_KEY
STORE_URL=${BASE_URL%/}${SEED_PATH:-/store/}
exec python3 "$HERE/probe_store.py" "$STORE_URL" "$SEED_KEY" ${STRICT:+--strict}
