#!/bin/bash
# curl clients written only from the original page ("Writing a sentry client").
# client.sh STORE_URL KEY   (TAP_URL for labels)
URL=$1
KEY=$2
BAD=0

label() {
  NAME=$1
  [ -z "$TAP_URL" ] || curl -s -o /dev/null "$TAP_URL/__ctl?label=$1"
}

new_id() { python3 -c 'import uuid; print(uuid.uuid4().hex)'; }

# record LEVEL MESSAGE [MORE-FIELDS]
record() {
  printf '{"level": %s, "message": "%s", "view": "shop.orders.charge", "message_id": "%s"%s}' \
    "$1" "$2" "$(new_id)" "$3"
}

verdict() {
  case $1 in
    2*) echo "ok   $NAME HTTP $1" ;;
    *) echo "FAIL $NAME HTTP $1"; BAD=1 ;;
  esac
}

# post: sends stdin, which is base64, as the page says.
post() {
  verdict "$(curl -s -o /dev/null -w '%{http_code}' --data key="$KEY" --data format=json \
    --data-urlencode data@- "$URL")"
}

# A pipeline would lose BAD in a subshell, so bodies arrive through process substitution.
label curl-base64-only
post < <(record 30 "curl base64 only" | base64 -w0)

label curl-base64-wrapped
MORE=', "logger": "shop", "url": "http://shop.example.com/x?y=z", "server_name": "db-2"'
post < <(record 40 "curl base64 wrapped at 76 columns" "$MORE" | base64)

label curl-gzip-base64
post < <(record 40 "curl gzip(1) then base64" | gzip -c | base64 -w0)

label curl-multipart
verdict "$(record 20 "curl multipart form" | base64 -w0 |
  curl -s -o /dev/null -w '%{http_code}' -F key="$KEY" -F format=json -F 'data=<-' "$URL")"

label curl-minimal
post < <(printf '{"message":"only a message"}' | base64 -w0)

label curl-empty-logger
post < <(record 10 "empty logger is the root" ', "logger": ""' | base64 -w0)

exit $BAD
