#!/bin/bash
# run_all.sh [NAME-REGEX]
# Runs every kit and prints a table: client, result, checks passed and failed, seconds.
# Exit 1 when one failed.

KITS=$(cd "$(dirname "$0")" && pwd)
export WORKDIR=${WORKDIR:-$(mktemp -d)}
mkdir -p "$WORKDIR/logs"
result=0

printf '%-26s %-8s %7s %7s %5s\n' client result passed failed secs
for script in "$KITS"/*/run.sh; do
  client=$(basename "$(dirname "$script")")
  log=$WORKDIR/logs/$client.log
  grep -qE "${1:-.}" <<<"$client" || continue
  start=$(date +%s)
  timeout "${CLIENT_TIMEOUT:-600}" bash "$script" >"$log" 2>&1
  case $? in
    0) word=pass ;;
    77) word=skip ;;
    2) word=n/a ;;
    *) word=FAIL; result=1 ;;
  esac
  printf '%-26s %-8s %7s %7s %5s\n' "$client" $word \
    "$(grep -c '^ok ' "$log")" "$(grep -c '^FAIL' "$log")" $(($(date +%s) - start))
done
echo "logs in $WORKDIR/logs"
exit $result
