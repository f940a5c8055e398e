# -*- coding: utf-8 -*-
# driver.py VERSION -- Python 2.7 (or 3 for 6.10) with that raven on the path.  env: TAP_URL, DSN (with secret), SEED_KEY (raven 0.x only), STORE_PATH
import sys, os, time, logging, datetime

try:
    from urllib2 import urlopen
    from urllib import urlencode
except ImportError:
    from urllib.request import urlopen
    from urllib.parse import urlencode
VER = sys.argv[1]
TAP = os.environ["TAP_URL"]
DSN = os.environ["DSN"]
try:
    from urlparse import urlsplit
except ImportError:
    from urllib.parse import urlsplit
_u = urlsplit(DSN)
PUB, SEC = _u.username, _u.password
PREFIX, _, PROJECT = _u.path.rpartition("/")


def ctl(**k):
    urlopen("%s/__ctl?%s" % (TAP, urlencode(k))).read()


import raven
from raven.base import Client

logging.basicConfig(level=logging.ERROR)
errors = []


class Catch(logging.Handler):
    def emit(self, record):
        errors.append(record.getMessage())


for _n in ("sentry.errors", "raven", "sentry.errors.uncaught"):
    logging.getLogger(_n).addHandler(Catch())  # a refused POST is only visible here
major = int(VER.split(".")[0])


class Sync:
    pass


if major == 0:
    c = Client(
        servers=[TAP + PREFIX + os.environ.get("SEED_PATH", "/store/")],
        key=os.environ.get("SEED_KEY") or SEC,
        name="web-1",
        include_paths=["raven"],
        site="shop",
    )
elif major == 1 and VER < "1.2":
    c = Client(
        servers=[TAP + PREFIX + "/api/store/"],
        public_key=PUB,
        secret_key=SEC,
        project=PROJECT,
        name="web-1",
        include_paths=["raven"],
    )
else:
    dsn = DSN
    if major in (4, 5):
        dsn = "sync+" + dsn
    kw = dict(name="web-1", include_paths=["raven"])
    if major == 6:
        from raven.transport.http import HTTPTransport

        kw["transport"] = HTTPTransport
        kw.update(release="shop@1.2.3", environment="prod")
    c = Client(dsn, **kw)


def boom(x):
    password = "hunter2"
    secret_list = list(range(100))
    uni = "\u00e9"
    return 1 / x


ctl(label="exception")
try:
    boom(0)
except ZeroDivisionError:
    if hasattr(c, "captureException"):
        print(c.captureException())
    elif hasattr(c, "create_from_exception"):
        print(c.create_from_exception())
    else:
        print(c.capture("Exception"))
ctl(label="message")
if hasattr(c, "captureMessage"):
    print(
        c.captureMessage(
            "hello %s w\u00f6rld",
            params=("x",),
            level=logging.WARNING,
            data={"logger": "shop.cart"},
            extra={"k": 1},
        )
    )
elif hasattr(c, "create_from_text"):
    print(
        c.create_from_text(
            "hello w\u00f6rld" if major == 0 else "hello",
            level=logging.WARNING,
            url="http://shop/x",
            logger="shop.cart",
        )
    )
else:
    print(c.capture("Message", message="hello"))
ctl(label="http-user-tags")
if hasattr(c, "capture"):
    try:
        kw = dict(
            message="with interfaces",
            data={
                "sentry.interfaces.Http": {
                    "url": "http://shop/pay",
                    "method": "POST",
                    "data": {"card": "4242"},
                    "query_string": "a=b",
                    "cookies": "sid=1",
                    "headers": {"Host": "shop"},
                    "env": {"REMOTE_ADDR": "8.8.8.8"},
                },
                "sentry.interfaces.User": {
                    "is_authenticated": True,
                    "id": "7",
                    "username": "jane",
                    "email": "jane@example.com",
                },
            },
        )
        if major >= 1:
            kw["tags"] = {"tier": "gold"} if major >= 2 else [("tier", "gold")]
        print(c.capture("raven.events.Message" if major >= 2 else "Message", **kw))
    except Exception as e:
        print("interfaces", repr(e))
ctl(label="logging-handler")
try:
    from raven.handlers.logging import SentryHandler

    l = logging.getLogger("shop.pay")
    l.propagate = False
    l.addHandler(SentryHandler(c))
    l.error("Payment %s failed", "p-1", extra={"stack": True, "data": {"order": 5}})
    try:
        {}["missing"]
    except KeyError:
        l.exception("lookup failed")
except Exception as e:
    print("logging", repr(e))
if major >= 3:
    ctl(label="query")
    try:
        c.captureQuery("SELECT * FROM x WHERE id=%s", params=(1,), engine="psycopg2")
    except Exception as e:
        print("query", repr(e))
if major >= 5:
    ctl(label="breadcrumbs")
    try:
        from raven import breadcrumbs

        breadcrumbs.record(message="crumb", category="auth", level="info", data={"a": 1})
        c.user_context({"id": 7}) if hasattr(c, "user_context") else None
        c.captureMessage("after crumbs", tags={"a": "b"}, fingerprint=["x"])
    except Exception as e:
        print("crumbs", repr(e))
time.sleep(1.5)
print(
    "%s client log holds %d errors %r"
    % ("FAIL" if errors else "ok  ", len(errors), [e[:300] for e in errors[:3]])
)
sys.exit(1 if errors else 0)
