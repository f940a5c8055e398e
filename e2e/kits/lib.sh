# Sourced by the run.sh of every kit. README.md lists the variables.

KIT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
HERE=$(cd "$(dirname "$0")" && pwd)
WORKDIR=${WORKDIR:-$(mktemp -d)}
mkdir -p "$WORKDIR"
WORKDIR=$(cd "$WORKDIR" && pwd)
export WORKDIR

# need NAME...: ends with 2 unless these variables are set.
need() {
  local name
  for name in "$@"; do
    [ -n "${!name}" ] || { echo "set $name (see README.md)" >&2; exit 2; }
  done
}

# skip WHY: says aloud that this kit cannot run here.
skip() { echo "SKIPPED $*"; exit 77; }

# have PROGRAM: skips the kit without it.
have() { command -v "$1" >/dev/null 2>&1 || skip "$1 is not installed"; }

# dsn_part FIELD [DSN]: one of scheme key secret netloc prefix project url.
dsn_part() {
  python3 - "$1" "${2:-$DSN}" <<'P'
import sys, urllib.parse

field, dsn = sys.argv[1:]
url = urllib.parse.urlsplit(dsn)
prefix, _, project = url.path.rpartition("/")
netloc = url.hostname + (":%d" % url.port if url.port else "")
parts = dict(
    scheme=url.scheme,
    key=url.username or "",
    secret=url.password or "",
    netloc=netloc,
    prefix=prefix,
    project=project,
    url="%s://%s" % (url.scheme, netloc),
)
print(parts[field])
P
}

# tap_start: puts the tap in front of the server. Sets TAP_URL, TAP_PORT and TAP_LOG, and with a DSN
# also TAP_DSN and TAP_DSN_SECRET (the form with a secret, which old clients insist on). With BODIES,
# the events that the server took are appended to that file.
tap_start() {
  local to=$BASE_URL port_file="$WORKDIR/tap.$$.port"
  TAP_LOG=$WORKDIR/tap.$$.log
  rm -f "$port_file"
  [ -n "$DSN" ] && to=$(dsn_part url)
  python3 "$KIT/tap.py" --to "$to" --log "$TAP_LOG" --portfile "$port_file" \
    ${BODIES:+--bodies "$BODIES"} &
  TAP_PID=$!
  trap 'kill $TAP_PID 2>/dev/null; rm -f "$WORKDIR/tap.$$.port" "$TAP_LOG"' EXIT
  for _ in $(seq 200); do
    [ -f "$port_file" ] && break
    sleep 0.05
  done
  TAP_PORT=$(cat "$port_file") || exit 2
  TAP_URL=http://127.0.0.1:$TAP_PORT
  export TAP_URL TAP_PORT TAP_LOG
  [ -n "$DSN" ] || return 0
  local key secret rest
  key=$(dsn_part key)
  secret=$(dsn_part secret)
  secret=${secret:-${DSN_SECRET:-$(printf '0%.0s' $(seq 32))}}
  rest="127.0.0.1:$TAP_PORT$(dsn_part prefix)/$(dsn_part project)"
  export TAP_DSN="http://$key@$rest" TAP_DSN_SECRET="http://$key:$secret@$rest"
}

# report ARGUMENT...: prints the checks of report.py and ends the kit with their result.
report() {
  # A client that has ended may still have a request under way in the tap.
  sleep 0.5
  python3 "$KIT/report.py" "$TAP_LOG" "$@"
  exit $?
}

# pip_venv FOLDER PACKAGE...: a Python 3 environment with these packages; kept when already there.
pip_venv() {
  local folder=$1
  shift
  [ -f "$folder/.done" ] && return 0
  python3 -m venv "$folder" &&
    "$folder/bin/pip" install -q --disable-pip-version-check "$@" &&
    touch "$folder/.done" ||
    { echo "FAIL could not install $*"; exit 1; }
}

# npm_dir FOLDER PACKAGE...: a folder with these packages in node_modules; kept when already there.
npm_dir() {
  local folder=$1
  shift
  [ -f "$folder/.done" ] && return 0
  mkdir -p "$folder" &&
    (
      cd "$folder" &&
        { [ -f package.json ] || npm init -y >/dev/null 2>&1; } &&
        npm i --no-fund --no-audit --loglevel=error "$@" >"$folder/npm.log" 2>&1
    ) &&
    touch "$folder/.done" ||
    { echo "FAIL could not install $*"; tail -5 "$folder/npm.log"; exit 1; }
}

# find_python27: prints a working Python 2.7 interpreter, or nothing.
find_python27() {
  local candidate
  for candidate in "$PYTHON27" python2.7 \
    "$HOME"/.pyenv/versions/2.7*/bin/python2.7 \
    ${PYENV_ROOT:+"$PYENV_ROOT"/versions/2.7*/bin/python2.7} \
    /opt/python*/bin/python2.7 python2; do
    [ -n "$candidate" ] || continue
    "$candidate" -c 'import sys; assert sys.version_info[:2] == (2, 7)' >/dev/null 2>&1 || continue
    command -v "$candidate"
    return 0
  done
  return 1
}

# py27_env FOLDER: a Python 2.7 environment with Django 1.3.7 and what packages of 2011 need.
py27_env() {
  P27=$(find_python27) || skip "no Python 2.7 interpreter found (set PYTHON27)"
  PY27DIR=$1
  PY27=$1/ve/bin/python
  [ -f "$1/.done" ] && return 0
  mkdir -p "$1/v"
  {
    [ -d "$1/tool/virtualenv" ] ||
      "$P27" -m pip install -q --target "$1/tool" 'virtualenv<20.16' >"$1/log" 2>&1
  } &&
    PYTHONPATH=$1/tool "$P27" -m virtualenv -q --no-download "$1/ve" >>"$1/log" 2>&1 &&
    "$1/ve/bin/pip" install -q Django==1.3.7 django-indexer==0.3.0 django-paging==0.2.4 \
      django-templatetag-sugar simplejson eventlet==0.9.17 contextlib2 >>"$1/log" 2>&1 &&
    touch "$1/.done" ||
    { echo "FAIL could not make the Python 2.7 environment"; tail -5 "$1/log"; exit 1; }
}

# py27_pkg NAME VERSION: one package beside that environment.
py27_pkg() {
  local folder="$PY27DIR/v/$1-$2"
  [ -d "$folder" ] ||
    "$PY27DIR/ve/bin/pip" install -q --no-deps --target "$folder" "$1==$2" >>"$PY27DIR/log" 2>&1 ||
    { echo "FAIL could not install $1 $2"; exit 1; }
}
