# Sourced after lib.sh by what needs a browser: sets MODULES, the folder of the packages.

have node
have npm
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] ||
  skip "no Chromium (apt-get install chromium, or set CHROMIUM)"
npm_dir "$WORKDIR/npm-walk-1" playwright-core@1.65.1 axe-core@4.14.1
export MODULES=$WORKDIR/npm-walk-1
