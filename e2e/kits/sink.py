#!/usr/bin/env python3
"""sink.py PORT [STATUS]

Accepts anything and answers {"id": ...}: lets the kits themselves be tried without a server.
"""

import json, sys, uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ST = int(sys.argv[2]) if len(sys.argv) > 2 else 200


class H(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *x):
        pass

    def any(self):
        n = int(self.headers.get("content-length") or 0)
        self.rfile.read(n)
        js = self.command == "GET" and "/embed/error-page/" in self.path
        b = b"/* dialog */" if js else json.dumps({"id": uuid.uuid4().hex}).encode()
        self.send_response(ST)
        for k, v in (
            ("Content-Type", "text/javascript" if js else "application/json"),
            ("Access-Control-Allow-Origin", "*"),
            ("Cross-Origin-Resource-Policy", "cross-origin"),
            ("Content-Length", str(len(b))),
        ):
            self.send_header(k, v)
        self.end_headers()
        self.wfile.write(b)

    do_GET = do_POST = do_PUT = do_OPTIONS = do_PATCH = any


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), H).serve_forever()
