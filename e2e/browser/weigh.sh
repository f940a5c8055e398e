#!/bin/bash
# Weighs pages in Debian's Chromium: PAGES says which (weigh_pages.mjs), `cargo xtask bench pages` calls it.
. "$(dirname "$0")/../kits/lib.sh"
. "$HERE/chromium.sh"
need PAGES
exec node "$HERE/weigh_pages.mjs"
