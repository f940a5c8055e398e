"""The shop's background jobs: a queue, threads, coroutines, and a log that another thread writes."""

import asyncio
import concurrent.futures
import contextvars
import logging
import logging.handlers
import os
import queue
import random
import threading

import sentry_sdk
from sentry_sdk.integrations.logging import EventHandler, LoggingIntegration

ROUNDS = int(os.environ["ROUNDS"])
RELEASE = os.environ["RELEASE"]
DICE = random.Random(RELEASE)


class RateError(Exception):
    pass


#2# def backoff(attempt):
#2#     """Seconds to wait before the next attempt."""
#2#     return min(60, 2**attempt)
#2#
#2#
async def rate_of(currency):
    await asyncio.sleep(0)
    raise RateError(f"{currency}: bank answered {DICE.randrange(500, 599)}")


async def refresh(currencies):
    return await asyncio.gather(*(rate_of(currency) for currency in currencies))


def refresh_rates():
    count = DICE.randrange(1, 4)
    asyncio.run(refresh(DICE.sample(["USD", "GBP", "JPY", "CHF"], count)))


def resize(picture):
    width, height = picture
    if height == 0:
        raise ValueError(f"picture of {width}x{height} has no area")


def resize_all():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        job = pool.submit(contextvars.copy_context().run, resize, (DICE.randrange(9000), 0))
        job.result()


def ping(host):
    #2# pause = backoff(1)
    #2# assert pause > 0
    raise OSError(113, f"no route to {host}")


def watch():
    """A thread that nobody waits for: its end is reported by the client's own hook."""
    host = f"10.0.{DICE.randrange(250)}.{DICE.randrange(250)}"
    thread = threading.Thread(target=ping, args=(host,), name=f"watch-{DICE.randrange(99)}")
    thread.start()
    thread.join()


def listener():
    """Log records are written by a thread, so that jobs do not wait for the disk."""
    records = queue.Queue()
    worker = logging.handlers.QueueListener(records, EventHandler(level=logging.ERROR))
    log = logging.getLogger("shop.jobs")
    log.propagate = False
    log.addHandler(logging.handlers.QueueHandler(records))
    return log, worker


def write(log, worker, text):
    worker.start()
    log.error(text)
    worker.stop()


def jobs(log, worker):
    yield "rates", refresh_rates, ()
    yield "picture", resize_all, ()
    yield "route", watch, ()
    disk = f"volume vol-{DICE.randrange(9999)} is {DICE.randrange(90, 99)}% full"
    yield "log-volume", write, (log, worker, disk)
    feed = f"feed {DICE.randrange(9999)} has not moved since {DICE.randrange(10, 23)}:15"
    yield "log-feed", write, (log, worker, feed)


def work(job, arguments):
    try:
        job(*arguments)
    except Exception as error:
        sentry_sdk.capture_exception(error)


def main():
    sentry_sdk.init(
        release=RELEASE,
        server_name="jobs-1",
        environment="live",
        attach_stacktrace=True,
        integrations=[LoggingIntegration(event_level=None)],
    )
    log, worker = listener()
    for _ in range(ROUNDS):
        for fault, job, arguments in jobs(log, worker):
            # The queue's thread does not inherit a scope.
            scope = sentry_sdk.get_isolation_scope()
            sentry_sdk.get_global_scope().set_tag("fault", f"python-{fault}")
            scope.set_user({"id": str(DICE.randrange(9999))})
            work(job, arguments)
        sentry_sdk.flush()


main()
