#!/usr/bin/env python3
"""48 good and bad requests for the original protocol's /store/ endpoint.

  probe_store.py STORE_URL KEY [--strict]   e.g. probe_store.py http://127.0.0.1:9000/store/ KEY

Prints a table: verdict, case | status | content-type | first 160 bytes of the body | what is required.
Without --strict a probe fails only when it got a 5xx or no answer; with --strict also when the status
is not of the required class (2xx = must be stored, 4xx = must be refused with a reason, any = either).
With BASE_URL, TOKEN and ORG in the environment every accepted message is looked up by its id.
"""

import base64, gzip, json, os, pickle, re, sys, urllib.error, urllib.parse, urllib.request, uuid, zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import lookup

URL, KEY = sys.argv[1:3]
STRICT = "--strict" in sys.argv


def post(fields=None, raw=None, headers={}, method="POST", url=URL):
    """-> (status, content type, first bytes of the body)"""
    body = raw
    if body is None and fields is not None:
        body = urllib.parse.urlencode(fields).encode()
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    try:
        answer = urllib.request.urlopen(request, timeout=10)
    except urllib.error.HTTPError as error:
        answer = error
    except Exception as error:
        return "ERR", "", repr(error)
    return answer.status, answer.headers.get("Content-Type"), answer.read()[:160]


def sent_id(fields=None, raw=None, **_):
    """The message id a probe carries, if it can be read."""
    data = (fields or {}).get("data")
    if data is None:
        text = (raw or b"").decode("latin1")
        found = re.search(r'(?:data=|name="data"\r\n\r\n)([^&\r]+)', text)
        data = found.group(1) if found else ""
    data = data.replace("-", "+").replace("_", "/")
    for inflate in (zlib.decompress, gzip.decompress, bytes):
        try:
            found = json.loads(inflate(base64.b64decode(data)))["message_id"]
            return str(found).replace("-", "")
        except Exception:
            pass
    return None


J = lambda o: json.dumps(o).encode()
Z = lambda b: base64.b64encode(zlib.compress(b)).decode()
G = lambda b: base64.b64encode(gzip.compress(b)).decode()
B = lambda b: base64.b64encode(b).decode()
ev = lambda **k: dict(
    {"level": 40, "message": "probe", "view": "app.f", "message_id": uuid.uuid4().hex}, **k
)
F = lambda d, fmt="json", key=KEY: dict(key=key, format=fmt, data=d)


def multipart(fields):
    b = "XBOUND"
    out = (
        "".join(
            '--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (b, k, v)
            for k, v in fields.items()
        )
        + "--%s--\r\n" % b
    )
    return dict(raw=out.encode(), headers={"Content-Type": "multipart/form-data; boundary=" + b})


cases = [
    ("GET", dict(method="GET")),
    ("POST no form", dict(raw=b"")),
    ("no key", dict(fields={"data": Z(J(ev()))})),
    ("bad key", dict(fields=F(Z(J(ev())), key="nope"))),
    ("key only", dict(fields={"key": KEY})),
    ("empty data", dict(fields=F(""))),
    ("bad format", dict(fields=F(Z(J(ev())), fmt="xml"))),
    ("good zlib+b64 json", dict(fields=F(Z(J(ev(message="zlib")))))),
    ("good plain b64 json", dict(fields=F(B(J(ev(message="plain")))))),
    ("GZIP-header b64 json", dict(fields=F(G(J(ev(message="gzip")))))),
    ("multipart/form-data", multipart(F(Z(J(ev(message="multipart")))))),
    (
        "no format => pickle default, protocol 0",
        dict(fields={"key": KEY, "data": Z(pickle.dumps(ev(message="pickle"), 0))}),
    ),
    ("data not base64 (chars)", dict(fields=F("hello world"))),
    ("data bad padding", dict(fields=F("abc"))),
    ("raw json not base64", dict(fields=F(json.dumps(ev())))),
    ("b64 of non json", dict(fields=F(B(b"hello")))),
    ("b64 of json list", dict(fields=F(Z(b"[1,2]")))),
    ("b64 of json string", dict(fields=F(Z(b'"x"')))),
    ("empty object {}", dict(fields=F(Z(b"{}")))),
    ("no message", dict(fields=F(Z(J({"level": 40, "view": "a.b"}))))),
    ("no level", dict(fields=F(Z(J({"message": "nolevel", "view": "a.b"}))))),
    ('level string "warning"', dict(fields=F(Z(J(ev(level="warning", message="lvlname")))))),
    ('level string "30"', dict(fields=F(Z(J(ev(level="30", message="lvl30s")))))),
    ("level 35 (custom)", dict(fields=F(Z(J(ev(level=35, message="lvl35")))))),
    ("level 0", dict(fields=F(Z(J(ev(level=0, message="lvl0")))))),
    ("level -1", dict(fields=F(Z(J(ev(level=-1, message="lvl-1")))))),
    ("logger empty string", dict(fields=F(Z(J(ev(logger="", message="logger-empty")))))),
    ("logger null", dict(fields=F(Z(J(ev(logger=None, message="logger-null")))))),
    ("view 250 chars", dict(fields=F(Z(J(ev(view="v" * 250, message="view250")))))),
    ("url 300 chars", dict(fields=F(Z(J(ev(url="http://e/" + "u" * 291, message="url300")))))),
    ("unknown field", dict(fields=F(Z(J(ev(bogus=1, message="bogus")))))),
    (
        "timestamp float string",
        dict(fields=F(Z(J(ev(timestamp="1300000000.5", message="ts-float"))))),
    ),
    ("timestamp iso", dict(fields=F(Z(J(ev(timestamp="2011-05-02T17:41:36", message="ts-iso")))))),
    (
        "timestamp iso Z",
        dict(fields=F(Z(J(ev(timestamp="2011-05-02T17:41:36Z", message="ts-isoz"))))),
    ),
    ("timestamp garbage", dict(fields=F(Z(J(ev(timestamp="yesterday", message="ts-bad")))))),
    ("message_id dup 1", dict(fields=F(Z(J(ev(message_id="a" * 32, message="dup")))))),
    ("message_id dup 2 (same id)", dict(fields=F(Z(J(ev(message_id="a" * 32, message="dup")))))),
    ("message_id missing", dict(fields=F(Z(J({"level": 40, "message": "noid", "view": "a.b"}))))),
    (
        "message_id with dashes",
        dict(fields=F(Z(J(ev(message_id=str(uuid.UUID(int=1)), message="dashid"))))),
    ),
    ("message not string (int)", dict(fields=F(Z(J(ev(message=5)))))),
    ("data is list", dict(fields=F(Z(J(ev(data=[1, 2], message="datalist")))))),
    ("data null", dict(fields=F(Z(J(ev(data=None, message="datanull")))))),
    ("unicode message", dict(fields=F(Z(J(ev(message="\u05e8\u05d5 \U0001f4a5 caf\u00e9")))))),
    ("no trailing slash", dict(fields=F(Z(J(ev(message="noslash")))), url=URL.rstrip("/"))),
    ("checksum given", dict(fields=F(Z(J(ev(message="cs", checksum="c" * 32)))))),
    (
        "urlsafe b64",
        dict(
            fields=F(
                base64.urlsafe_b64encode(
                    zlib.compress(
                        J(
                            ev(
                                message=">>>???" * 20,
                                data={"r": [uuid.uuid4().hex for _ in range(40)]},
                            )
                        )
                    )
                ).decode()
            )
        ),
    ),
    (
        "b64 with newlines",
        dict(
            fields=F(
                base64.encodebytes(
                    zlib.compress(
                        J(ev(message="nl" * 100, data={"r": [uuid.uuid4().hex for _ in range(20)]}))
                    )
                ).decode()
            )
        ),
    ),
    (
        '"+" sent unescaped in form',
        dict(
            raw=(
                "key=%s&format=json&data=%s"
                % (KEY, Z(J(ev(message="plus", data={"r": [uuid.uuid4().hex for _ in range(40)]}))))
            ).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        ),
    ),
]
REFUSE = {
    "GET",
    "POST no form",
    "no key",
    "bad key",
    "key only",
    "empty data",
    "bad format",
    "no format => pickle default, protocol 0",
    "data not base64 (chars)",
    "data bad padding",
    "b64 of non json",
    "b64 of json list",
    "b64 of json string",
}
EITHER = {
    "raw json not base64",
    "no trailing slash",
    '"+" sent unescaped in form',
}  # lenient servers may store these
failed, accepted = 0, []


def check(ok, text):
    global failed
    failed += not ok
    print(("ok   " if ok else "FAIL ") + text, flush=True)


for name, request in cases:
    status, kind, body = post(**request)
    want = "4xx" if name in REFUSE else "any" if name in EITHER else "2xx"
    ok = status != "ERR" and status < 500
    if STRICT and want != "any":
        ok = ok and str(status)[0] == want[0]
    check(ok, "%-42s | %s | %s | %r | %s" % (name, status, kind, body, want))
    if status != "ERR" and 200 <= status < 300 and sent_id(**request):
        accepted.append(sent_id(**request))
if lookup.access():
    lookup.check_found(accepted, check)
print("%d probes, %d failed" % (len(cases), failed))
sys.exit(1 if failed else 0)
