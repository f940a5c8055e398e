#!/bin/bash
# Reports one message with curl and prints the server's status and the event's id.
#
#   client.sh URL KEY [MESSAGE [LEVEL]]
#
# URL ends in /store/ (the form of 2010) or in /api/PROJECT/envelope/ (today's envelopes).
# LEVEL is 10, 20, 30, 40 or 50.
set -euo pipefail
url=$1 key=$2 message=${3:-Message Message} level=${4:-40}

json() { # JSON text of a string
    local text=$1
    text=${text//\\/\\\\} text=${text//\"/\\\"}
    text=${text//$'\n'/\\n} text=${text//$'\r'/\\r} text=${text//$'\t'/\\t}
    printf '"%s"' "$text"
}

post() { # posts with a timeout; the body of a refusal goes to stderr
    local status
    status=$(curl --silent --max-time 5 --output >(cat >&2) --write-out '%{http_code}' "$@" "$url") ||
        true
    echo "$status $id"
    [[ $status == 2* ]]
}

id=$({ cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen; } | tr -d - | tr A-F a-f)
view=client.sh host=$(uname -n)

if [[ $url == */envelope/ ]]; then
    names=([10]=debug [20]=info [30]=warning [40]=error [50]=fatal)
    event='{"event_id":"'$id'","level":"'${names[level]:-error}'","message":'$(json "$message")
    event+=',"logger":"shell","transaction":"'$view'","server_name":'$(json "$host")'}'
    printf '%s\n' '{"event_id":"'$id'"}' '{"type":"event"}' "$event" |
        post --data-binary @- --header 'Content-Type: application/x-sentry-envelope' \
            --header "X-Sentry-Auth: Sentry sentry_version=7,sentry_client=client.sh/1,sentry_key=$key"
else
    record='{"message_id":"'$id'","level":'$level',"message":'$(json "$message")
    record+=',"logger":"shell","view":"'$view'","server_name":'$(json "$host")'}'
    # Compressing is optional, and the servers of 2010 know zlib but not gzip: so plain base64.
    printf '%s' "$record" | base64 | tr -d '\n' |
        post --data-urlencode data@- --data-urlencode "key=$key" --data format=json
fi
