"""driver.py [scenario]  -- without scenario runs each in its own process.  env: DSN, TAP_URL"""

import sys, os, subprocess, urllib.request, urllib.parse, time

DSN, TAP = os.environ["DSN"], os.environ["TAP_URL"]


def ctl(**k):
    urllib.request.urlopen("%s/__ctl?%s" % (TAP, urllib.parse.urlencode(k, doseq=True))).read()


if not (len(sys.argv) > 1 and sys.argv[1] == "brotli_transport"):
    sys.modules["brotli"] = None  # with the brotli module importable the SDK's DEFAULT is br
import sentry_sdk
from sentry_sdk.consts import VERSION

SC = {}


def sc(**opts):
    def deco(f):
        SC[f.__name__] = (opts, f)
        return f

    return deco


@sc(release="shop@1.2.3+4", environment="staging", dist="4", send_default_pii=True)
def exception_locals():
    sentry_sdk.set_user(
        {"id": "7", "email": "jane@example.com", "username": "jane", "ip_address": "{{auto}}"}
    )
    sentry_sdk.set_tag("customer.tier", "gold")
    sentry_sdk.set_extra("cart", {"items": [1, 2, {"sku": "é😀"}]})
    sentry_sdk.set_context("order", {"id": 99})
    sentry_sdk.add_breadcrumb(category="auth", message="login", level="info", data={"k": 1})
    sentry_sdk.add_breadcrumb(
        type="http",
        category="httplib",
        data={"url": "http://x/y", "method": "GET", "status_code": 500},
    )

    def inner(amount, card="4111 1111 1111 1111"):
        password = "hunter2"
        big = list(range(200))
        nan = float("nan")
        return amount / 0

    try:
        inner(12)
    except ZeroDivisionError:
        sentry_sdk.capture_exception()


@sc()
def exception_chain_group():
    try:
        try:
            int("x")
        except ValueError as e:
            raise RuntimeError("outer: bad config") from e
    except RuntimeError:
        sentry_sdk.capture_exception()
    try:
        raise ExceptionGroup(
            "many", [ValueError("a"), TypeError("b"), ExceptionGroup("nested", [KeyError("c")])]
        )
    except ExceptionGroup:
        sentry_sdk.capture_exception()


@sc()
def messages_levels():
    for lv in ("debug", "info", "warning", "error", "fatal"):
        sentry_sdk.capture_message("hello %s" % lv, level=lv)
    with sentry_sdk.new_scope() as s:
        s.fingerprint = ["{{ default }}", "custom"]
        s.set_transaction_name("/checkout")
        sentry_sdk.capture_message("with fingerprint")


@sc(attach_stacktrace=True)
def logging_integration():
    import logging

    l = logging.getLogger("shop.cart")
    l.info("crumb %s", 1)
    l.warning("warn crumb")
    l.error("Payment %s failed for %d cents", "p-1", 1200, extra={"order": 5})
    try:
        {}["missing"]
    except KeyError:
        l.exception("lookup failed")


@sc(traces_sample_rate=1.0, release="shop@1.2.3", environment="prod")
def transaction_static():
    with sentry_sdk.start_transaction(
        op="http.server", name="GET /checkout/{id}", source="route"
    ) as t:
        t.set_tag("a", "b")
        t.set_data("http.response.status_code", 200)
        with sentry_sdk.start_span(
            op="db.sql.query", name="SELECT * FROM orders WHERE id = %s"
        ) as s:
            s.set_data("db.system", "postgresql")
            time.sleep(0.01)
        with sentry_sdk.start_span(op="http.client", name="GET http://svc/x"):
            time.sleep(0.005)
        (
            sentry_sdk.set_measurement("cart.items", 3, "none")
            if hasattr(sentry_sdk, "set_measurement")
            else None
        )
        sentry_sdk.capture_message("error inside a trace")
        t.set_status("ok")


@sc(traces_sample_rate=1.0, trace_lifecycle="stream", release="shop@1.2.3")
def spans_stream():
    import sentry_sdk.traces as T

    with T.start_span(name="GET /stream", attributes={"sentry.op": "http.server", "n": 1}):
        with T.start_span(name="child", attributes={"flag": True, "ratio": 0.5}):
            time.sleep(0.005)
        try:
            1 / 0
        except ZeroDivisionError:
            sentry_sdk.capture_exception()


@sc(enable_logs=True, release="shop@1.2.3", environment="prod")
def structured_logs():
    from sentry_sdk import logger

    logger.trace("t")
    logger.debug("d")
    logger.info("user {user} did {n}", user="jane", n=3)
    logger.warning("w", attributes={"x": 1.5, "ok": True})
    logger.error("e")
    logger.fatal("f")
    import logging

    logging.getLogger("std").warning("stdlib %s log", "as")


@sc(release="shop@1.2.3")
def metrics():
    from sentry_sdk import metrics as m

    m.count("checkout.failed", 1, attributes={"route": "/x"})
    m.gauge("queue.depth", 12.0, unit="none")
    m.distribution("latency", 187.5, unit="millisecond", attributes={"ok": True})


@sc(environment="prod")
def crons():
    from sentry_sdk.crons import monitor, capture_checkin

    cfg = {
        "schedule": {"type": "crontab", "value": "*/5 * * * *"},
        "timezone": "Europe/Vienna",
        "checkin_margin": 2,
        "max_runtime": 10,
        "failure_issue_threshold": 2,
        "recovery_threshold": 2,
    }

    @monitor(monitor_slug="nightly-job", monitor_config=cfg)
    def ok():
        pass

    @monitor(monitor_slug="nightly-job")
    def bad():
        raise RuntimeError("cron failed")

    ok()
    try:
        bad()
    except RuntimeError:
        pass
    capture_checkin(
        monitor_slug="interval-job",
        status="ok",
        duration=1.5,
        monitor_config={"schedule": {"type": "interval", "value": 10, "unit": "minute"}},
    )


@sc(auto_session_tracking=True, release="shop@1.2.3", environment="prod")
def sessions_application():
    sentry_sdk.start_session(session_mode="application")
    try:
        1 / 0
    except ZeroDivisionError:
        sentry_sdk.capture_exception()
    sentry_sdk.end_session()


@sc(auto_session_tracking=True, release="shop@1.2.3", environment="prod")
def sessions_request_aggregate():
    from sentry_sdk.sessions import track_session

    for i in range(3):
        with sentry_sdk.isolation_scope() as s:
            with track_session(s, session_mode="request"):
                if i == 2:
                    sentry_sdk.capture_exception(ValueError("handled in request"))


@sc()
def attachments():
    with sentry_sdk.new_scope() as s:
        s.add_attachment(bytes=b"line1\nline2\r\n\x00\xff", filename="bin.dat")
        s.add_attachment(bytes=b"hello\n", filename="log.txt", content_type="text/plain")
        s.add_attachment(bytes=b"", filename="empty.txt")
        sentry_sdk.capture_message("with attachments")


@sc()
def user_feedback_event():
    eid = sentry_sdk.capture_message("feedback target")
    from sentry_sdk.envelope import Envelope, Item, PayloadRef

    e = Envelope(headers={"event_id": eid, "dsn": DSN})
    e.add_item(
        Item(
            PayloadRef(
                json={
                    "event_id": eid,
                    "name": "Jane",
                    "email": "jane@example.com",
                    "comments": "It broke",
                }
            ),
            type="user_report",
        )
    )
    sentry_sdk.get_client().transport.capture_envelope(e)


@sc(traces_sample_rate=1.0, profiles_sample_rate=1.0, release="shop@1.2.3")
def profile_transaction():
    def busy(n):
        return sum(i * i for i in range(n))

    with sentry_sdk.start_transaction(op="task", name="profiled"):
        t = time.time()
        while time.time() - t < 0.4:
            busy(20000)


@sc(
    traces_sample_rate=1.0,
    profile_session_sample_rate=1.0,
    profile_lifecycle="manual",
    release="shop@1.2.3",
)
def profile_continuous():
    sentry_sdk.profiler.start_profiler()
    t = time.time()
    while time.time() - t < 0.5:
        sum(i * i for i in range(20000))
    sentry_sdk.profiler.stop_profiler()
    time.sleep(0.3)


@sc(before_send=lambda e, h: None if e.get("message") == "drop me" else e, traces_sample_rate=0.0)
def client_reports():
    for _ in range(3):
        sentry_sdk.capture_message("drop me")
    with sentry_sdk.start_transaction(op="x", name="unsampled"):
        pass
    sentry_sdk.flush(2)


@sc(max_value_length=1024)
def trimmed_meta():
    def f():
        s = "A" * 5000
        deep = {"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}
        wide = {str(i): i for i in range(100)}
        raise ValueError("m" * 3000)

    try:
        f()
    except ValueError:
        sentry_sdk.capture_exception()


@sc()
def brotli_transport():
    sentry_sdk.capture_message("brotli " * 20)


@sc(_experiments={"transport_compression_level": 0})
def uncompressed_transport():
    sentry_sdk.capture_message("plain " * 20)


@sc(send_default_pii=True, traces_sample_rate=1.0, release="shop@1.2.3")
def flask_request():
    from flask import Flask, request

    app = Flask("shop")

    @app.route("/pay/<int:pid>", methods=["POST"])
    def pay(pid):
        token = request.headers.get("Authorization")
        raise RuntimeError("pay %d failed" % pid)

    c = app.test_client()
    c.post(
        "/pay/3?coupon=x&api_key=zzz",
        json={"amount": 3, "password": "s3cret"},
        headers={"Authorization": "Bearer abc", "X-Forwarded-For": "1.2.3.4"},
        environ_base={"REMOTE_ADDR": "8.8.8.8"},
    )
    c.post("/pay/4", data={"amount": "3", "card": "4242424242424242"})


@sc(debug=True)
def response_429_rate_limits():
    ctl(
        label="resp429",
        status=429,
        hdr=[
            "X-Sentry-Rate-Limits:60:error;default:organization:quota_exceeded, 60:transaction:key",
            "Retry-After:60",
        ],
        count=1,
    )
    sentry_sdk.capture_message("first")
    sentry_sdk.flush(2)
    sentry_sdk.capture_message("second is suppressed")
    sentry_sdk.flush(2)


@sc(debug=True)
def response_413_and_500():
    ctl(
        label="resp413",
        status=413,
        body='{"detail":"envelope exceeded size limits for type \'event\'"}',
        count=1,
    )
    sentry_sdk.capture_message("too large")
    sentry_sdk.flush(2)
    ctl(label="resp500", status=500, body="oops", count=1)
    sentry_sdk.capture_message("server error")
    sentry_sdk.flush(2)
    sentry_sdk.capture_message("after")
    sentry_sdk.flush(2)


@sc(debug=True)
def unhandled_excepthook():
    raise SystemError("unhandled at top level")


EXPECT_EXIT = {"unhandled_excepthook": 1}
if len(sys.argv) > 1:
    o, f = SC[sys.argv[1]]
    ctl(label=sys.argv[1].replace("_", "-"))
    sentry_sdk.init(dsn=DSN, **o)
    try:
        f()
    finally:
        if sys.argv[1] not in EXPECT_EXIT:
            sentry_sdk.flush(5)
            sentry_sdk.get_client().close(5)
else:
    bad = 0
    print("# sentry-sdk", VERSION)
    for n in SC:
        r = subprocess.run(
            [sys.executable, __file__, n], capture_output=True, text=True, timeout=90
        )
        ok = r.returncode == EXPECT_EXIT.get(n, 0)
        bad += not ok
        print(
            "%s scenario %s exit %d %s"
            % ("ok  " if ok else "FAIL", n, r.returncode, "" if ok else r.stderr[-600:]),
            flush=True,
        )
    sys.exit(1 if bad else 0)
