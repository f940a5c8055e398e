#!/usr/bin/env python3
"""tap.py --to http://HOST:PORT --log FILE --portfile FILE [--ttl SECONDS] [--bodies FILE]

A pass-through HTTP tap on loopback (Python 3 standard library only). A kit points its client at the
tap; the tap forwards every request unchanged to the server under test and writes one JSON line per
exchange: scenario label, method, path, status, first bytes of the answer, kinds of data carried,
event ids. Request bodies are looked at, never stored; only with --bodies the events in envelopes that
the server took are appended to that file, one JSON object a line.

Control requests, answered by the tap itself:  GET /__ctl?label=NAME
  [&status=429&hdr=Name:Value&body=TEXT&count=1]   the next COUNT requests get this answer instead of
  being forwarded
"""

import argparse, base64, gzip, http.client, json, os, re
import socketserver, threading, time, urllib.parse, zlib
from http.server import BaseHTTPRequestHandler

p = argparse.ArgumentParser()
p.add_argument("--to", required=True)
p.add_argument("--log", required=True)
p.add_argument("--portfile", required=True)
p.add_argument("--port", type=int, default=0)
p.add_argument("--ttl", type=float, default=1800)
p.add_argument("--bodies")
a = p.parse_args()
UP = urllib.parse.urlsplit(a.to)
STATE = {"label": "start", "status": None, "hdr": [], "body": "", "count": 0}
LOCK = threading.Lock()
LOG = open(a.log, "w", buffering=1)
BODIES = open(a.bodies, "a", buffering=1) if a.bodies else None
HOP = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "proxy-connection",
}


def inflate(b):
    for f in (zlib.decompress, gzip.decompress, lambda x: zlib.decompress(x, -15)):
        try:
            return f(b)
        except Exception:
            pass
    return b


def look(path, hd, body, events):
    """-> (kinds, event ids, note); adds the events to the list; never raises"""
    kinds, ids, note = [], [], ""
    try:
        for enc in reversed(
            [x.strip().lower() for x in (hd.get("content-encoding") or "").split(",") if x.strip()]
        ):
            if enc in ("gzip", "deflate"):
                body = inflate(body)
            elif enc == "br":
                try:
                    import brotli

                    body = brotli.decompress(body)
                except ImportError:
                    return ["br-body"], [], "brotli module not installed here: body not inspected"
            elif enc == "zstd":
                return ["zstd-body"], [], ""
        pth = urllib.parse.urlsplit(path).path.rstrip("/")
        if pth.endswith("/envelope") or "tunnel" in pth:
            off = body.find(b"\n")
            head = json.loads(body if off < 0 else body[:off])
            off = len(body) if off < 0 else off + 1
            while off < len(body):
                nl = body.find(b"\n", off)
                nl = len(body) if nl < 0 else nl
                if not body[off:nl].strip():
                    off = nl + 1
                    continue
                h = json.loads(body[off:nl])
                off = nl + 1
                end = off + h["length"] if "length" in h else body.find(b"\n", off)
                if end < 0:
                    end = len(body)
                kinds.append(h.get("type", "?"))
                if h.get("type") in ("event", "feedback"):
                    pl = json.loads(body[off:end])
                    eid = head.get("event_id") or pl.get("event_id")
                    if eid and h["type"] == "event":
                        ids.append(eid.replace("-", ""))
                        pl["event_id"] = ids[-1]
                        events.append(pl)
                off = end + 1
            return kinds or ["empty-envelope"], ids, note
        if pth.endswith("/store"):
            ct = hd.get("content-type") or ""
            if "form-urlencoded" in ct and body[:1] != b"{" and b"data=" in body:
                f = urllib.parse.parse_qs(body.decode("latin1"))
                body = f.get("data", [""])[0].encode("latin1")
                note = "form"
            elif "multipart/" in ct:
                note = "multipart"
            raw = body.strip()
            if raw[:1] != b"{":
                if raw[:1] != b"\x78":
                    try:
                        raw = base64.b64decode(raw)
                    except Exception:
                        pass
                raw = inflate(raw)
            try:
                ev = json.loads(raw)
                eid = ev.get("event_id") or ev.get("message_id")
                if eid:
                    ids.append(str(eid).replace("-", ""))
            except Exception:
                note += " (not decoded here)"
            return ["store-event"], ids, note
        return [re.sub(r"\d+", "N", pth).strip("/").split("/")[-1] or "root"], ids, note
    except Exception as e:
        return kinds or ["undecoded"], ids, repr(e)[:120]


class H(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *x):
        pass

    def body(self):
        if "chunked" in (self.headers.get("transfer-encoding") or "").lower():
            out = b""
            while True:
                n = int(self.rfile.readline().split(b";")[0] or b"0", 16)
                if n == 0:
                    while self.rfile.readline().strip():
                        pass
                    return out
                out += self.rfile.read(n)
                self.rfile.readline()
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def answer(self, status, hdrs, body):
        self.send_response_only(status)
        for k, v in hdrs:
            self.send_header(k, v)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status not in (204, 304):
            self.wfile.write(body)

    def any(self):
        u = urllib.parse.urlsplit(self.path)
        if u.path == "/__ctl":
            q = urllib.parse.parse_qs(u.query, keep_blank_values=True)
            with LOCK:
                STATE.update(
                    label=q.get("label", [STATE["label"]])[0],
                    status=int(q["status"][0]) if "status" in q else None,
                    hdr=q.get("hdr", []),
                    body=q.get("body", ['{"detail":"injected"}'])[0],
                    count=int(q.get("count", [1])[0]) if "status" in q else 0,
                )
            return self.answer(200, [("Content-Type", "text/plain")], b"ok")
        body = self.body()
        hd = {k.lower(): v for k, v in self.headers.items()}
        t0 = time.time()
        events = []
        kinds, ids, note = look(self.path, hd, body, events)
        with LOCK:
            label = STATE["label"]
            inject = None
            if STATE["count"] > 0 and self.command == "POST":
                STATE["count"] -= 1
                inject = (STATE["status"], list(STATE["hdr"]), STATE["body"])
        err = ""
        if inject:
            status, rb = inject[0], inject[2].encode()
            hdrs = [tuple(x.split(":", 1)) for x in inject[1]] + [
                ("Content-Type", "application/json"),
                ("Access-Control-Allow-Origin", "*"),
                (
                    "Access-Control-Expose-Headers",
                    "x-sentry-error, x-sentry-rate-limits, retry-after",
                ),
            ]
        else:
            try:
                C = (
                    http.client.HTTPSConnection
                    if UP.scheme == "https"
                    else http.client.HTTPConnection
                )
                c = C(UP.hostname, UP.port, timeout=60)
                c.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                c.putheader("Host", UP.netloc)
                for k, v in self.headers.items():
                    if k.lower() not in HOP and k.lower() not in (
                        "host",
                        "content-length",
                        "expect",
                    ):
                        c.putheader(k, v)
                if body or self.command in ("POST", "PUT", "PATCH"):
                    c.putheader("Content-Length", str(len(body)))
                c.endheaders(body if body else None)
                r = c.getresponse()
                rb = r.read()
                status = r.status
                hdrs = [
                    (k, v)
                    for k, v in r.getheaders()
                    if k.lower() not in HOP and k.lower() != "content-length"
                ]
                c.close()
            except Exception as e:
                status, hdrs, rb, err = (
                    502,
                    [("Content-Type", "text/plain")],
                    repr(e).encode(),
                    repr(e),
                )
        with LOCK:
            if BODIES and status == 200:
                BODIES.writelines(json.dumps(event) + "\n" for event in events)
            LOG.write(
                json.dumps(
                    dict(
                        label=label,
                        method=self.command,
                        path=self.path,
                        status=status,
                        injected=bool(inject),
                        kinds=kinds,
                        ids=ids,
                        note=note,
                        err=err,
                        answer=rb[:200].decode("utf8", "replace"),
                        bytes=len(body),
                        origin=hd.get("origin"),
                        acao=next(
                            (v for k, v in hdrs if k.lower() == "access-control-allow-origin"), None
                        ),
                        ms=int((time.time() - t0) * 1000),
                    )
                )
                + "\n"
            )
        try:
            self.answer(status, hdrs, rb)
        except OSError:
            pass

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = any


class S(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


s = S(("127.0.0.1", a.port), H)
open(a.portfile + ".tmp", "w").write(str(s.server_address[1]))
os.replace(a.portfile + ".tmp", a.portfile)
t = threading.Timer(a.ttl, lambda: os._exit(0))
t.daemon = True
t.start()
s.serve_forever()
