"""The worker: sends webhooks and mail and cleans up, in its own process or on a thread."""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from moderation.services.leases import take_lease

from .domain.errors import Busy, SchemaBehind
from .services.comments import avatars, flood_guard, vote_counts
from .services.community import report_outcomes
from .services.compat import akismet_callbacks, checker_jobs
from .services.notifications import answers, credential_mails, mails, reader_delivery
from .services.notifications.smtp import Post, mail_sender
from .services.operations.cleanup import clean_up
from .services.privacy import requests
from .services.signing import Signing
from .services.transfer import export_worker, import_worker, judging
from .services.webhooks import stale_queue
from .services.webhooks.delivery import Send, deliver_due, send_http
from .services.webhooks.handover import hand_over
from .services.webhooks.lanes import Lanes
from .storage.engine import Store, absence, empty_owed_journal, refusal
from .storage.schema_version import require_schema

log = structlog.get_logger(__name__)

#: Seconds that an idle worker sleeps before it polls the outbox again.
PAUSE = 1.0
#: Seconds that requests may take to end when the worker stops; others are sent again.
LAST_REQUESTS = 5.0
#: A repeated failure is logged once in this number of turns.
REPEAT = 300
TIDY_EVERY = timedelta(hours=1)


def _now() -> datetime:
    return datetime.now(UTC)


def work(
    store: Store, signing: Signing, stop: threading.Event, *, send: Send | None = None
) -> None:
    """Run until `stop` is set; wait for a store that is unavailable for a while."""
    holder, failures = uuid.uuid4().hex, _Failures()
    send = send or partial(send_http, allowed=signing.settings.allowed_networks)
    lanes = Lanes(store.sessions, send, clock=_now)
    beside = [
        threading.Thread(target=run, args=(store, signing.settings, stop), name=name, daemon=True)
        for name, run in (("imports", import_worker.work), ("exports", export_worker.work))
    ]
    for thread in beside:
        thread.start()
    while not stop.is_set():
        tried = 0
        try:
            tried = turn(store, signing, holder, send=send, deliver=lanes.start_due)
        except (SQLAlchemyError, Busy) as error:
            failures.add(log.warning, "worker.store_unavailable", _kind(store, error))
        except Exception as error:
            # No error may stop all deliveries until an operator restarts the worker.
            failures.add(log.error, "worker.failed", type(error).__name__)
        else:
            failures.end()
        if not tried:
            stop.wait(PAUSE)
    lanes.stop(LAST_REQUESTS)
    for thread in beside:
        thread.join(LAST_REQUESTS)


class _Failures:
    """Logs the beginning of a failure, repeats while it lasts, and its end."""

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


def _kind(store: Store, error: Exception) -> str:
    """Name the store's error; for missing tables, the command to run."""
    try:
        with store.sessions() as session:
            require_schema(session)
    except SchemaBehind:
        return "not migrated: run `moderation migrate`"
    except SQLAlchemyError:
        pass
    away = refusal(error) or absence(error) if isinstance(error, DBAPIError) else ""
    return f"MODERATION_DATABASE_URL {away}" if away else type(error).__name__


def turn(
    store: Store,
    signing: Signing,
    holder: str,
    *,
    send: Send,
    check: checker_jobs.Send | None = None,
    post: Post | None = None,
    deliver: Callable[[Session], int] | None = None,
    call: akismet_callbacks.Send | None = None,
    clock: Callable[[], datetime] = _now,
) -> int:
    """Run all jobs that are due once; return the number of attempted messages.

    `deliver` sends webhooks in another way than one after the other.

    A job's failure is raised after the other jobs ran; an unavailable store at once.
    """
    now = clock()
    with store.sessions() as session:

        def upkeep() -> int:
            if take_lease(session, "tidy", holder, now=now, length=TIDY_EVERY, renew=False):
                log.info("worker.tidied", **clean_up(session, signing.settings, now=now))
            empty_owed_journal(session)
            length = stale_queue.LOOK_EVERY
            if take_lease(session, "queue.stale", holder, now=now, length=length, renew=False):
                stale_queue.look(session, now=now)
            vote_counts.refresh_due(session, now=now)
            if flood_guard.end_expired_floods(session, now=now):
                log.info("worker.posts_released")
            return 0

        ask = check or checker_jobs.sender(signing.settings.allowed_networks)

        def webhooks() -> int:
            hand_over(session, now=now)
            return deliver(session) if deliver else deliver_due(session, send, clock=clock)

        verdicts = call or akismet_callbacks.sender(signing.settings.allowed_networks)
        networks = signing.settings.allowed_networks
        jobs = [
            upkeep,
            lambda: requests.carry_out_due(session, signing, now=now),
            webhooks,
            lambda: akismet_callbacks.deliver_due(session, verdicts, clock=clock),
            lambda: checker_jobs.check_due(session, ask, clock=clock),
            lambda: avatars.fetch_due(session, networks, now=now),
            lambda: judging.judge_imported(session, holder, clock=clock, most=judging.PER_TURN),
        ]
        if signing.settings.smtp_url:
            to = post or mail_sender(signing.settings.smtp_url)

            def look() -> int:
                length = mails.LOOK_EVERY
                if take_lease(session, "mail.look", holder, now=now, length=length, renew=False):
                    mails.queue_new(session, now=now)
                return 0

            def look_for_answers() -> int:
                length = answers.LOOK_EVERY
                if take_lease(session, "answers", holder, now=now, length=length, renew=False):
                    answers.look(session, now=now)
                return 0

            jobs += [
                look,
                look_for_answers,
                lambda: credential_mails.send_due(session, signing, to, holder, clock=clock),
                lambda: mails.send_due(session, signing, to, holder, clock=clock),
                lambda: report_outcomes.queue_due(session, signing, now=now),
                lambda: reader_delivery.send_due(session, signing, to, clock=clock),
            ]
        return _all(session, jobs)


def _all(session: Session, jobs: list[Callable[[], int]]) -> int:
    """Run every job and return the sum of their results; raise the first failure at the end."""
    done, failures = 0, []
    for job in jobs:
        try:
            done += job()
        except (SQLAlchemyError, Busy):
            raise
        except Exception as error:
            failures.append(error)
            session.rollback()
    if failures:
        raise failures[0]
    return done


def start_embedded(store: Store, signing: Signing) -> threading.Event:
    """Run the worker on a thread of this process; set the returned event to end it."""
    stop = threading.Event()
    threading.Thread(target=work, args=(store, signing, stop), name="worker", daemon=True).start()
    return stop
