#!/bin/bash
# @sentry/browser 11.12 in headless Chromium: a page that esbuild bundled, split and minified, in two
# releases whose files have other names; no source map is uploaded.
. "$(dirname "$0")/../../kits/lib.sh"
. "$HERE/../lib.sh"
have node
have npm
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] ||
  skip "no Chromium (apt-get install chromium, or set CHROMIUM)"
npm_dir "$WORKDIR/npm-browser-11.12" @sentry/browser@11.12.0 playwright-core@1.65.1 esbuild@0.28.2
tap_start
ln -s "$WORKDIR/npm-browser-11.12/node_modules" "$APP/node_modules"
cd "$APP" || exit 2
for number in 1 2; do
  release $number
  cp "$HERE/../node/dice.mjs" .
  rm -rf dist
  node_modules/.bin/esbuild page.mjs --bundle --minify --splitting --format=esm \
    --log-level=warning --outdir=dist --entry-names=[name]-[hash] --chunk-names=[name]-[hash] ||
    exit 1
  DSN=$TAP_DSN timeout 300 node drive.mjs || { echo "FAIL the visit ended with $?"; exit 1; }
done
