#!/bin/bash
# Runs the examples of docs/writing-a-client.md against a server.
#
#   BASE_URL  the server, http://127.0.0.1:9000
#   SEED_KEY  the key of its /store/
#   SEED_PATH where that is (default /store/)
#   DSN       optional: the envelopes of the examples are tried, too
#   STRICT    1: a wrong key must be refused
#
# Prints one line per check: ok, FAIL or SKIPPED. Ends with 0, 1 (a check failed), 2 (a variable
# is missing) or 77 (nothing could be run).
set -uo pipefail
: "${BASE_URL:?}" "${SEED_KEY:?}" || exit 2
examples=$(cd "$(dirname "$0")/../../docs/examples" && pwd)
store=${BASE_URL%/}${SEED_PATH:-/store/}
ran=0 bad=0
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# check NAME COUNT COMMAND...: the command must print COUNT lines "200 ID" and nothing else
check() {
    local name=$1 count=$2 good all
    shift 2
    ran=1
    "$@" >"$out/stdout" 2>"$out/stderr"
    local code=$?
    good=$(grep -cE '^200 [0-9a-f]{32}$' "$out/stdout")
    all=$(wc -l <"$out/stdout")
    if [ "$code" = 0 ] && [ "$good" = "$count" ] && [ "$all" = "$count" ]; then
        echo "ok   $name: $count of $count accepted"
    else
        echo "FAIL $name: $good of $count accepted, exit code $code"
        sed 's/^/     /' "$out/stdout" "$out/stderr" | head -20
        bad=1
    fi
}

refused() { # NAME COMMAND...: the command must end with an error and print a 4xx
    local name=$1
    shift
    if ! "$@" >"$out/stdout" 2>"$out/stderr" && grep -qE '^4[0-9]{2} ' "$out/stdout"; then
        echo "ok   $name: $(head -c 3 "$out/stdout")"
    else
        echo "FAIL $name: $(head -1 "$out/stdout")"
        bad=1
    fi
}

envelope=
if [ -n "${DSN:-}" ]; then
    rest=${DSN#*://} scheme=${DSN%%://*}
    keys=${rest%%@*} address=${rest#*@}
    envelope=$scheme://${address%/*}/api/${address##*/}/envelope/
    public_key=${keys%%:*}
fi

if command -v curl >/dev/null; then
    check "curl, form" 1 bash "$examples/client.sh" "$store" "$SEED_KEY" $'say "hi"\n\tC:\\café' 30
    [ -z "$envelope" ] || check "curl, envelope" 1 \
        bash "$examples/client.sh" "$envelope" "$public_key" $'say "hi"\n\tC:\\café' 30
    [ -z "${STRICT:-}" ] ||
        refused "curl, wrong key" bash "$examples/client.sh" "$store" "not-$SEED_KEY"
else
    echo "SKIPPED curl: it is not installed"
fi

if command -v python3 >/dev/null; then
    check "Python, form" 5 python3 "$examples/client.py" "$store" "$SEED_KEY"
    [ -z "$envelope" ] || check "Python, envelope" 5 \
        python3 "$examples/client.py" "$envelope" "$public_key"
else
    echo "SKIPPED Python: it is not installed"
fi

if ! command -v javac >/dev/null; then
    echo "SKIPPED Java: there is no javac"
elif ! javac -Xlint:all -encoding US-ASCII -d "$out" "$examples/SentryHandler.java" \
    2>"$out/javac"; then
    echo "FAIL Java: does not compile"
    sed 's/^/     /' "$out/javac"
    bad=1
elif command -v java >/dev/null; then
    echo "ok   Java: compiles"
    check "Java, form" 5 java -cp "$out" SentryHandler "$store" "$SEED_KEY"
else
    echo "ok   Java: compiles"
    echo "SKIPPED Java: there is no java to run it"
fi

[ $bad = 0 ] || exit 1
[ $ran = 1 ] || exit 77
