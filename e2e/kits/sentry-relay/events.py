"""Events for the comparison: the recorded fixtures, and secrets in every field.

All are in the form in which Watchpost stores them; `for_relay` turns them into what Sentry reads.
"""

import glob
import json
import os
import random

EMPTY = {
    "event_id": "00000000000000000000000000000007",
    "timestamp": "2026-01-01T00:00:00Z",
    "received": "2026-01-01T00:00:00Z",
    "level": "error",
    "platform": "python",
}

# Secrets, things that look like them, and texts that only speak of them.
TEXTS = """4111 1111 1111 1111|4111111111111111|pay 4111-1111-1111-1111 now|5105105105105100
378282246310005|3782 822463 10005|6011111111111117|4111111111111112|x4111111111111111
2223003122003222|30569309025904|0.4111111111111111|4111111111111111 5105105105105100
DE89370400440532013000|GB82WEST12345698765432|pay NO9386011117947.|DE00370400440532013000
DE89 3704 0044 0532 0130 00|xDE89370400440532013000|123-45-6789|a 078-05-1120 b|x123-45-6789
123456789|https://user:pw@host/path|http://a:b@c http://d:e@f|postgres://u:p@h|https://user@host/x
redis://:pw@h/0|Bearer abc.def|x bearer abc d|the bearer of news|password=abc|the token of auth
my secret is x|a@b.cc|mail a.b+c@ex.com now|/home/me/x.py|C:\\Users\\jane\\x|see /Users/jane/x
token=abc&user=1|a=1&password=x|https://h/x?token=abc&b=1|/oauth/token|{"password":"x","a":1}
[{"token":"x"}]|{'password': 'x'}|password: x|author|authenticated|10.0.0.1|at 1.2.3.4:80 x
::1|2001:db8::7|[2001:db8::7]:80|::ffff:1.2.3.4|12:30:45|std::vec|999.1.1.1|v1.2.3.4|1:2:3:4:5:6:7:8
::|true|null|undefined|False|none|plain text|ünïcode 4111111111111111 ü|SELECT 1|zork|a ZORK b"""
TEXTS = [text for line in TEXTS.splitlines() for text in line.split("|")]
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----"
TEXTS += [
    PEM,
    f"x {PEM} y",
    "-----BEGIN EC PRIVATE KEY-----\nabc",
    "-----BEGIN CERTIFICATE-----\nAA",
]

# Of these, texts that both scrubbers leave alike in data, also beside each other.
ALIKE = """4111 1111 1111 1111|pay 4111-1111-1111-1111 now|5105105105105100|3782 822463 10005
a@b.cc|null|DE89370400440532013000
pay NO9386011117947.|a 078-05-1120 b|http://a:b@c http://d:e@f|plain text
x bearer abc d|my secret is x|the token of auth|none|std::vec|12:30:45|123456789|SELECT 1|a ZORK b
x4111111111111111|ünïcode 4111111111111111 ü|postgres://u:p@h"""
ALIKE = [text for line in ALIKE.splitlines() for text in line.split("|")]

NAMES = """password passwd secret api_key X-Api-Key apikey Authorization oauth credentials
mysql_pwd privatekey private_key token accessToken otp two-factor two_factor laptop author safe
zork myZork foo bar pass pwd passphrase session cookie csrf card email X-Forwarded-For user-agent
ok.ay tokens""".split()

COOKIES = """sentrysid sudo su session __session sessionid user_session symfony phpsessid
mysession csrf xsrf _xsrf _csrf csrf-token csrf_token xsrf-token csrftoken theme lang connect.sid
PHPSESSID""".split()


def fixtures(folder):
    for path in sorted(glob.glob(os.path.join(folder, "*", "*.expect.json"))):
        with open(path, encoding="utf-8") as file:
            event = json.load(file)
        event.pop("seed", None)
        yield os.path.relpath(path, folder), event


def planted(text):
    """`text` in every place that takes one."""
    data = {"k": text, "list": [text, {"k": text}]}
    frame = {key: text for key in "filename abs_path module function package context_line".split()}
    frame.update(pre_context=[text], post_context=[text], vars=[{"name": "v", "value": data}])
    stack = {"frames": [frame]}
    mechanism = {"type": text, "description": text, "help_link": text, "data": data}
    exception = {
        "type": text,
        "value": text,
        "module": text,
        "mechanism": mechanism,
        "stacktrace": stack,
    }
    template = {key: text for key in "filename abs_path context_line".split()}
    request = {"url": text, "method": text, "fragment": text, "data": data, "env": {"e": text}}
    request.update(query_string=[["q", text]], cookies=[["c", text]])
    request.update(headers=[["h", text], ["User-Agent", text]])
    event = dict(EMPTY, logentry={"formatted": text, "message": text, "params": [text, data]})
    for key in "logger culprit transaction server_name site release environment dist".split():
        event[key] = text
    event.update(
        exception={"values": [exception]},
        threads={"values": [{"id": text, "name": text, "stacktrace": stack}]},
        stacktrace=stack,
        template=template,
        request=request,
        user={
            "id": text,
            "username": text,
            "email": text,
            "ip_address": "203.0.113.7",
            "data": data,
        },
        tags=[{"key": "t", "value": text}],
        modules={"m": text},
        contexts={"os": {"name": text, "version": text}, "mine": data},
        extra=data,
        breadcrumbs={"values": [{"type": text, "category": text, "message": text, "data": data}]},
        sdk={"name": text, "version": text},
        fingerprint=[text],
    )
    return event


def named(name, value="v4lue"):
    """A field of that name wherever clients choose names."""
    data = {name: value, "deep": {"list": [{name: value}], name: {"a": value}}, "n": {name: 7}}
    frame = {
        "function": "f",
        "vars": [{"name": name, "value": value}, {"name": "d", "value": data}],
    }
    request = {"data": data, "env": {name: value}, "headers": [[name, value]]}
    request.update(query_string=[[name, value]], cookies=[[name, value]])
    return dict(
        EMPTY,
        exception={"values": [{"type": "E", "value": "x", "stacktrace": {"frames": [frame]}}]},
        request=request,
        extra=data,
        user={"id": "1", "data": {name: value}},
        tags=[{"key": name, "value": value}],
        contexts={"mine": data},
        breadcrumbs={"values": [{"message": "x", "data": data}]},
        logentry={"formatted": "x", "params": data},
    )


def mixed(seed):
    """Texts and names at random, the same for the same seed."""
    dice = random.Random(seed)
    event = planted("x")

    def mix(value):
        if isinstance(value, dict):
            return {key: mix(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [mix(entry) for entry in value]
        if value != "x":
            return value
        if dice.random() < 0.5:
            return dice.choice(TEXTS)
        return ", ".join(dice.choice(ALIKE) for _ in range(dice.choice([2, 3])))

    for key in list(event):
        event[key] = mix(event[key])
    for data in (event["extra"], event["request"]["env"], event["user"]["data"]):
        data[dice.choice(NAMES)] = dice.choice(TEXTS)
    event["request"]["cookies"].append([dice.choice(COOKIES), "v4lue"])
    event["request"]["headers"].append([dice.choice(NAMES), dice.choice(TEXTS)])
    return event


def for_relay(event):
    """The stored form as Sentry's payload: variables and tags are maps and pairs there."""
    event = json.loads(json.dumps(event))
    event.pop("remarks", None)
    for stack in stacks(event):
        for frame in stack.get("frames", []):
            if "vars" in frame:
                frame["vars"] = {entry["name"]: entry["value"] for entry in frame["vars"]}
    if "tags" in event:
        event["tags"] = [[tag["key"], tag["value"]] for tag in event["tags"]]
    return event


def stacks(event):
    for part in [event] + [
        v for k in ("exception", "threads") for v in event.get(k, {}).get("values", [])
    ]:
        if part.get("stacktrace"):
            yield part["stacktrace"]
