#!/bin/bash
# @sentry/node 11.12: the shop's server from source, and its mail worker bundled and minified by
# esbuild under a name with a digest; no source map is uploaded.
. "$(dirname "$0")/../../kits/lib.sh"
. "$HERE/../lib.sh"
have node
have npm
npm_dir "$WORKDIR/npm-node-11.12" @sentry/node@11.12.0 @sentry/profiling-node@11.1.0
npm_dir "$WORKDIR/npm-browser-11.12" @sentry/browser@11.12.0 playwright-core@1.65.1 esbuild@0.28.2
tap_start
ln -s "$WORKDIR/npm-node-11.12/node_modules" "$APP/node_modules"
cd "$APP" || exit 2
for number in 1 2; do
  release $number
  rm -rf dist
  "$WORKDIR/npm-browser-11.12/node_modules/.bin/esbuild" worker.mjs --bundle --minify \
    --platform=node --format=esm --packages=external --log-level=warning \
    --outdir=dist --entry-names=[name]-[hash] --out-extension:.js=.mjs || exit 1
  for program in traffic.mjs dist/worker-*.mjs; do
    DSN=$TAP_DSN timeout 300 node "$program" ||
      { echo "FAIL $program ended with $?"; exit 1; }
  done
done
