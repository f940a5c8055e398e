#!/usr/bin/env python3
"""A logging.Handler written only from the original page, as a stranger would write it.  client.py STORE_URL KEY"""

import base64, gzip, json, logging, os, sys, traceback, urllib.parse, urllib.request, uuid, zlib

URL, KEY = sys.argv[1:3]
bad = 0
ENC = {
    "plain": lambda b: b,
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "raw-deflate": lambda b: (lambda c: c.compress(b) + c.flush())(
        zlib.compressobj(9, zlib.DEFLATED, -15)
    ),
}


def ctl(label):
    if os.environ.get("TAP_URL"):
        urllib.request.urlopen(os.environ["TAP_URL"] + "/__ctl?label=" + label).read()


class SeedHandler(logging.Handler):
    enc = "gzip"

    def emit(self, r):
        global bad
        d = {
            "level": r.levelno,
            "message": self.format(r),
            "view": "%s.%s" % (r.module, r.funcName),
            "message_id": uuid.uuid4().hex,
            "logger": r.name,
            "server_name": "py-1",
            "data": {"pid": r.process, "tags": ["a", "b"], "n": 1.5, "nested": {"k": None}},
        }
        if r.exc_info:
            d.update(
                class_name=r.exc_info[0].__name__,
                traceback="".join(traceback.format_exception(*r.exc_info)),
            )
        form = urllib.parse.urlencode(
            {
                "key": KEY,
                "format": "json",
                "data": base64.b64encode(ENC[self.enc](json.dumps(d).encode())).decode(),
            }
        ).encode()
        try:
            st = urllib.request.urlopen(URL, form, timeout=10).status
        except Exception as e:
            st = repr(e)
            bad = 1
        print("%s python-%s %s %s" % ("ok  " if st == 200 else "FAIL", self.enc, r.levelname, st))
        if st != 200:
            bad = 1


h = SeedHandler()
log = logging.getLogger("shop.orders")
log.addHandler(h)
log.setLevel(logging.DEBUG)
log.propagate = False
for h.enc in ENC:
    ctl("python-" + h.enc)
    log.warning("python client, %s body", h.enc)
h.enc = "zlib"
ctl("python-levels")
for n in ("debug", "info", "warning", "error", "critical"):
    getattr(log, n)("level %s", n)
ctl("python-exception")
try:
    {}["missing"]
except KeyError:
    log.exception("lookup failed\nsecond line caf\u00e9 \U0001f4a5")
sys.exit(bad)
