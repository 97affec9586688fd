"""The worker: sends webhooks and mail and tidies up, in a process of its own or on a thread."""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from .domain.errors import Busy
from .services import breaker, mails, notices
from .services.delivery import Send, deliver_due, over_http
from .services.smtp import Post, poster
from .services.upkeep import take_lease, tidy
from .storage import db

log = structlog.get_logger(__name__)

#: How long an idle worker sleeps between two looks at the outbox.
PAUSE = 1.0
TIDY_EVERY = timedelta(hours=1)


def _now() -> datetime:
    return datetime.now(UTC)


def work(app: Flask, stop: threading.Event, *, send: Send = over_http) -> None:
    """Run until told to stop; a store that is away for a while is waited for."""
    holder = uuid.uuid4().hex
    while not stop.is_set():
        tried = 0
        try:
            tried = turn(app, holder, send=send)
        except (SQLAlchemyError, Busy) as error:
            log.warning("worker.store_unavailable", kind=type(error).__name__)
        except Exception as error:
            # Whatever it is, it must not end all deliveries until somebody looks.
            log.error("worker.failed", kind=type(error).__name__)
        if not tried:
            stop.wait(PAUSE)


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
