"""The worker: sends webhooks and mail and tidies up, in a process of its own or on a thread."""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from .domain.errors import Busy, SchemaBehind
from .services import breaker, mails, notices
from .services.delivery import Send, deliver_due, over_http
from .services.smtp import Post, poster
from .services.upkeep import take_lease, tidy
from .storage import db
from .storage.schema import require_schema

log = structlog.get_logger(__name__)

#: How long an idle worker sleeps between two looks at the outbox.
PAUSE = 1.0
#: A failure that repeats is logged once in so many turns.
REPEAT = 300
TIDY_EVERY = timedelta(hours=1)


def _now() -> datetime:
    return datetime.now(UTC)


def work(app: Flask, stop: threading.Event, *, send: Send = over_http) -> None:
    """Run until told to stop; a store that is away for a while is waited for."""
    holder, failures = uuid.uuid4().hex, _Failures()
    while not stop.is_set():
        tried = 0
        try:
            tried = turn(app, holder, send=send)
        except (SQLAlchemyError, Busy) as error:
            failures.add(log.warning, "worker.store_unavailable", _kind(app, error))
        except Exception as error:
            # Whatever it is, it must not end all deliveries until somebody looks.
            failures.add(log.error, "worker.failed", type(error).__name__)
        else:
            failures.end()
        if not tried:
            stop.wait(PAUSE)


class _Failures:
    """Logs a failure when it begins and every so often while it lasts, and its end."""

    def __init__(self) -> None:
        self._last = ("", "")
        self._count = 0

    def add(self, write: Callable[..., None], event: str, kind: str) -> None:
        self._count = self._count + 1 if (event, kind) == self._last else 1
        self._last = (event, kind)
        if self._count % REPEAT == 1:
            write(event, kind=kind)

    def end(self) -> None:
        if self._count:
            log.warning("worker.recovered")
        self._last, self._count = ("", ""), 0


def _kind(app: Flask, error: Exception) -> str:
    """Name what is wrong with the store; the lack of its tables by what to run."""
    try:
        with app.app_context():
            require_schema(db.session())
    except SchemaBehind:
        return "not migrated: run `moderation migrate`"
    except SQLAlchemyError:
        pass
    return type(error).__name__


def turn(
    app: Flask,
    holder: str,
    *,
    send: Send,
    post: Post | None = None,
    clock: Callable[[], datetime] = _now,
) -> int:
    """Do what is due once; tells how many messages were tried."""
    with app.app_context():
        session, now = db.session(), clock()
        if take_lease(session, "tidy", holder, now=now, length=TIDY_EVERY, renew=False):
            done = tidy(session, app.extensions["moderation"].settings, now=now)
            log.info("worker.tidied", **done)
        if breaker.release(session, now=now):
            log.info("worker.posts_released")
        tried = deliver_due(session, send, clock=clock)
        runtime = app.extensions["moderation"]
        if runtime.settings.smtp_url:
            post = post or poster(runtime.settings.smtp_url)
            length = mails.LOOK_EVERY
            if take_lease(session, "mail.look", holder, now=now, length=length, renew=False):
                mails.find_new(session, now=now)
            tried += notices.send_due(session, runtime, post, holder, clock=clock)
            tried += mails.send_due(session, runtime, post, holder, clock=clock)
        return tried


def start_embedded(app: Flask) -> threading.Event:
    """Run the worker on a thread of this process; set the returned event to end it."""
    stop = threading.Event()
    threading.Thread(target=work, args=(app, stop), name="worker", daemon=True).start()
    return stop
