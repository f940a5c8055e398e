#!/usr/bin/env python3
"""A logging.Handler that reports to a Sentry server, with the standard library only.

    client.py URL KEY

URL ends in /store/ (the form of 2010) or in /api/PROJECT/envelope/ (today's envelopes).
Run like this, it logs a few records and prints the server's status and the id of each.
"""
import base64, hashlib, json, logging, queue, socket, sys, threading, time, traceback
import urllib.error, urllib.parse, urllib.request, uuid, zlib

# The handler's own failures go here, and never to the handler.
ERRORS = logging.getLogger("sentry.errors")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST becomes a GET and loses the record: better to fail."""

    def redirect_request(self, *args):
        return None


class SentryHandler(logging.Handler):
    """Sends records from a thread of its own; the program never waits for it and never fails."""

    def __init__(self, url, key, level=logging.ERROR, queue_size=100, timeout=5, answered=None):
        super().__init__(level)
        self.url, self.key, self.timeout, self.answered = url, key, timeout, answered
        self.waiting = queue.Queue(queue_size)
        self.dropped, self.free_at = 0, 0.0
        self.opener = urllib.request.build_opener(NoRedirect)
        threading.Thread(target=self._work, name="sentry", daemon=True).start()

    def emit(self, record):
        error = record.exc_info[1] if record.exc_info else None
        if record.name.split(".")[0] == "sentry" or getattr(error, "skip_sentry", False):
            return
        try:
            # The program may want to show the id, so it is made here.
            record.message_id = uuid.uuid4().hex
            encode = self._envelope if self.url.endswith("/envelope/") else self._form
            self.waiting.put_nowait((record.message_id, *encode(record, error)))
        except queue.Full:
            self.dropped += 1
        except Exception:
            self.handleError(record)

    def flush(self, timeout=2):
        """Waits until all is sent, for a bounded time. logging.shutdown() calls it."""
        done = self.waiting.all_tasks_done
        with done:
            done.wait_for(lambda: not self.waiting.unfinished_tasks, timeout)

    def _form(self, record, error):
        fields = {
            "message_id": record.message_id,
            "level": record.levelno,
            "message": record.getMessage(),
            "logger": record.name,
            "view": "%s.%s" % (record.module, record.funcName),
            "server_name": socket.gethostname(),
            "data": {"thread": record.threadName, "file": record.pathname, "line": record.lineno},
        }
        if error is None:
            # Over the unformatted message: its arguments do not make a new issue.
            seed = "%d%s" % (record.levelno, record.msg)
            fields["checksum"] = hashlib.md5(seed.encode("utf-8", "replace")).hexdigest()
        else:
            fields["class_name"] = type(error).__name__
            fields["traceback"] = "\n".join(traceback.format_exception(*record.exc_info))
        data = base64.b64encode(zlib.compress(json.dumps(fields).encode()))
        body = urllib.parse.urlencode({"data": data, "key": self.key, "format": "json"}).encode()
        return body, {"Content-Type": "application/x-www-form-urlencoded"}

    def _envelope(self, record, error):
        names = {10: "debug", 20: "info", 30: "warning", 40: "error", 50: "fatal"}
        event = {
            "event_id": record.message_id,
            "timestamp": record.created,
            "platform": "python",
            "level": names[min(max(record.levelno // 10 * 10, 10), 50)],
            "logentry": {"message": str(record.msg), "formatted": record.getMessage()},
            "logger": record.name,
            "transaction": "%s.%s" % (record.module, record.funcName),
            "server_name": socket.gethostname(),
            "extra": {"thread": record.threadName},
        }
        if error is not None:
            calls = traceback.extract_tb(error.__traceback__)
            frames = [{"filename": c.filename, "function": c.name, "lineno": c.lineno,
                       "context_line": c.line, "in_app": "/lib/" not in c.filename} for c in calls]
            event["exception"] = {"values": [{"type": type(error).__name__, "value": str(error),
                                              "stacktrace": {"frames": frames}}]}
        parts = ({"event_id": record.message_id}, {"type": "event"}, event)
        auth = "Sentry sentry_version=7,sentry_client=client.py/1,sentry_key=" + self.key
        body = zlib.compress("\n".join(map(json.dumps, parts)).encode())
        return body, {"Content-Type": "application/x-sentry-envelope",
                      "Content-Encoding": "deflate", "X-Sentry-Auth": auth}

    def _work(self):
        while True:
            message_id, body, headers = self.waiting.get()
            try:
                status = self._send(message_id, body, headers)
                if self.answered:
                    self.answered(status, message_id)
            except Exception:
                ERRORS.exception("failed to report %s", message_id)
            finally:
                self.waiting.task_done()

    def _send(self, message_id, body, headers):
        if time.monotonic() < self.free_at:
            return 429
        try:
            request = urllib.request.Request(self.url, body, headers)
            with self.opener.open(request, timeout=self.timeout) as answer:
                return answer.status
        except urllib.error.HTTPError as answer:
            if answer.code == 429:
                wait = answer.headers.get("Retry-After", "60")
                self.free_at = time.monotonic() + (int(wait) if wait.isdigit() else 60)
            ERRORS.error("failed to report %s: %s %s", message_id, answer.code, answer.read(200))
            return answer.code
        except OSError as error:
            ERRORS.error("failed to report %s: %s", message_id, error)
            return 0


class NotFound(Exception):
    skip_sentry = True


def main(url, key):
    answers = []
    handler = SentryHandler(url, key, logging.DEBUG, answered=lambda *pair: answers.append(pair))
    log = logging.getLogger("shop.orders")
    log.setLevel(logging.DEBUG)
    log.addHandler(handler)
    log.debug("basket %d has %d items", 17, 0)
    log.info("basket %d is paid", 17)
    log.warning("stock is low")
    log.critical("no stock at all\nsecond line: caf\u00e9")
    for error in (KeyError("price"), NotFound("skipped")):
        try:
            raise error
        except Exception:
            log.exception("failed to take an order")
    handler.flush(30)
    for status, message_id in answers:
        print(status, message_id)
    return 0 if [status for status, _ in answers] == [200] * 5 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
