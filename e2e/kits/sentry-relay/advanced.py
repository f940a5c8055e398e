"""Selectors and advanced rules for the comparison."""

import itertools

import events

SELECTORS = r"""foo|foo bar|foo.|$nope|$String|a-b|a_b.c|a'b|'a''b'|'a|a && |a &&b|a & b|!a|!!a
(a|a)|**|*|*.*|***|a*b|fo*o|a.**.b|**.a.**|$a.b.$string|ä|'ä ö'|a@b|a/b|a,b|0|a.0
$string.foo|a.*.b|a[0]|''|a . b| a | (a) |$http.headers.x-real-ip|~a|a?b|+a|a:b|**.**
a.**.**.b|**.a && b|($string)|$frame.vars.'foo bar'.x|#a|a-b-c.1|!a && b|!(a) && !(b)|((a))
$|.|.a|a..b"""
SELECTORS = [selector for line in SELECTORS.splitlines() for selector in line.split("|")]
SELECTORS += ["a || b", "a||b", "(a || b) && c", "a || b && c", "", "!(a||b)", "**.a || b"]
SELECTORS += [
    "$" + kind
    for kind in "string number boolean datetime array object event attachments replay "
    "exception error stacktrace frame http request user logentry message thread breadcrumb span "
    "sdk minidump heap_memory stack_memory log trace_metric binary context tags".split()
]

METHODS = [
    None,
    {"method": "remove"},
    {"method": "replace"},
    {"method": "replace", "text": "<x>"},
    {"method": "mask"},
    {"method": "hash"},
]
KINDS = [
    {"type": kind}
    for kind in "anything mac uuid email userpath pemkey url_auth us_ssn bearer".split()
]
KINDS += [
    {"type": "pattern", "pattern": "[0-9]+"},
    {"type": "pattern", "pattern": "(?i)(sec)(ret)", "replaceGroups": [1]},
    {"type": "redact_pair", "keyPattern": "k"},
    {"type": "redactPair", "keyPattern": "secret"},
    {"type": "multiple", "rules": ["@email", "@mac:replace"]},
    {"type": "multiple", "rules": ["@email", "@mac:replace"], "hideInner": True},
    {"type": "alias", "rule": "@uuid:replace"},
    {"type": "password"},
]
BUILT_IN = [
    "@%s%s" % pair
    for pair in itertools.product(
        "email creditcard iban usssn userpath pemkey urlauth bearer mac uuid".split()
        + ["anything", "password"],
        ["", ":replace", ":remove", ":mask", ":hash"],
    )
]
BUILT_IN += [
    "@common",
    "@creditcard:filter",
    "@iban:filter",
    "@password:filter",
    "@urlauth:legacy",
]

PLACES = """extra.**
$string
$string && !extra.**
k
extra.k
$frame.vars
$frame.vars.**
$error.value
$user.**
$http.headers.h
$http.headers.*
$breadcrumb.message
$logentry.formatted
$object
$array
$array.0
list.1
extra.*
extra.list.*
**.list
extra.**.k
request.data.k
tags.t
!extra.** && $string
contexts.mine.k
$number
(k || v) && $string
$stacktrace.**
$http.cookies.c
$user.email
user.data.*
'k'"""

VALUES = "4111111111111111|a@b.cc secret 12|4a:00:04:10:9b:50|ceee0822-ed8f-4622-b2a3-789e73e75cd1"
VALUES += r"|C:\Users\peter\x 7|https://u:p@h/x|123-45-6789|Bearer abc|DE89370400440532013000"
EVENTS = [events.planted(text) for text in VALUES.split("|")]
EVENTS += [events.planted(events.PEM), events.named("k", "secret 7"), events.named("k", "v")]


def configs():
    """Each kind with each method in one place, each place with one kind."""
    for kind, method in itertools.product(KINDS, METHODS):
        rule = dict(kind, redaction=method) if method else kind
        yield {"rules": {"r": rule}, "applications": {"extra.** || $error.value": ["r"]}}
    for name in BUILT_IN:
        yield {"applications": {"extra.** || $error.value": [name]}}
    for place in PLACES.splitlines():
        yield {"applications": {place: ["@anything:replace"]}}
        yield {"applications": {place: ["@email", "@creditcard:mask"]}}
