"""Checks by the sites' own checkers: requests by the worker, and their results as decisions.

A check is claimed before its request is sent, and an expired claim passes to the next worker:
a comment may be checked twice, and its result is applied once. A result for an older revision,
or after a person's decision about this one, changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from moderation.domain import actors
from moderation.domain.checker import Checker, Unavailable, from_stored
from moderation.domain.errors import CommentNotFound
from moderation.domain.judgement import Cause, Signal, Verdict
from moderation.domain.reasons import Code, facts_of
from moderation.domain.status import Actor, Outcome, Status
from moderation.domain.verdict_records import stored_causes
from moderation.storage.engine import begin_write
from moderation.storage.models.checks import CheckerState, OutsideCheck
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from .. import outbound
from ..comments import ledger
from ..counters import OUTSIDE_CHECKS
from ..outbound import Answer, Networks, Request
from . import checker_shapes
from .checker_shapes import BadAnswer, Result, Subject
from .checkers import day_of, sent_on

log = structlog.get_logger(__name__)

#: A worker that dies in the middle of a check loses it after this time.
LEASE: Final = timedelta(minutes=2)
#: Delays after the first, second and third failed request; after the fourth it was unavailable.
DELAYS: Final = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2))
TRIES: Final = len(DELAYS) + 1
#: The longest wait that a checker's Retry-After can ask for.
LONGEST_WAIT: Final = timedelta(minutes=10)
#: Time for which an open circuit breaker lets nothing pass.
COOL_DOWN: Final = timedelta(minutes=1)
#: Checks of one turn of the worker, and its time: webhooks and mail wait meanwhile.
BATCH: Final = 20
TURN: Final = timedelta(seconds=10)
#: The filter whose findings these are.
_FILTER: Final = facts_of(Code.OUTSIDE_CHECK).filter

#: Sends a request within a number of seconds.
Send = Callable[[Request, float], Answer]


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A check to make: a request, or the reason why there is none."""

    comment_id: UUID
    site_id: int
    site_name: str
    revision: int
    attempts: int
    #: None: the comment's site has no checker any more.
    checker: Checker | None
    request: Request | None = None
    #: Why nothing is sent, as a clause.
    why_not: str = ""


def sender(allowed: Networks) -> Send:
    """Return the function that sends requests to checkers, through the guard of addresses."""

    def send(request: Request, timeout: float) -> Answer:
        return outbound.send(
            request, allowed=allowed, timeout=timeout, most_bytes=checker_shapes.MOST_BYTES
        )

    return send


def check_due(session: Session, send: Send, *, clock: Callable[[], datetime]) -> int:
    """Make the checks that are due, each in commits of its own; return their number."""
    begun = clock()
    done = 0
    while done < BATCH and clock() < begun + TURN:
        claimed = _claim(session, clock())
        if claimed is None:
            break
        _check(session, send, claimed, clock)
        done += 1
    return done


def _check(session: Session, send: Send, claimed: _Claimed, clock: Callable[[], datetime]) -> None:
    checker = claimed.checker
    if checker is None or claimed.request is None:
        OUTSIDE_CHECKS.labels("skipped").inc()
        _apply(session, claimed, _unavailable(checker, claimed.why_not), clock())
        return
    try:
        answer = send(claimed.request, checker.timeout)
        result = checker_shapes.read(checker, answer)
    except Exception as failure:
        # An error of any kind is the checker's, and must not stop those of other sites.
        why = str(failure) if isinstance(failure, BadAnswer) else type(failure).__name__
        retry_after = answer.retry_after if isinstance(failure, BadAnswer) else ""
        OUTSIDE_CHECKS.labels("failed").inc()
        _record_failure(session, claimed, checker, why, retry_after, clock())
        return
    cause = _cause(checker, result)
    OUTSIDE_CHECKS.labels("reported" if cause.outcome is Outcome.HOLD else "fine").inc()
    _record_success(session, claimed)
    _apply(session, claimed, cause, clock())


# Claims


def _claim(session: Session, now: datetime) -> _Claimed | None:
    """Claim the check that is due the longest; None when there is none."""
    due = (
        OutsideCheck.due_at <= now,
        or_(
            OutsideCheck.leased_until.is_(None),
            OutsideCheck.leased_until < now,
            # Claimed by a clock that was ahead, and by a worker that died with it.
            OutsideCheck.leased_until > now + 2 * LEASE,
        ),
    )
    # Most polls find nothing: those must not block writers.
    anything = session.scalar(select(OutsideCheck.comment_id).where(*due).limit(1))
    session.rollback()
    if anything is None:
        return None
    begin_write(session)
    check = session.scalars(
        select(OutsideCheck)
        .where(*due)
        .order_by(OutsideCheck.due_at, OutsideCheck.comment_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if check is None:
        session.rollback()
        return None
    check.leased_until = now + LEASE
    claimed = _prepared(session, check, now)
    session.commit()
    return claimed


def _prepared(session: Session, check: OutsideCheck, now: datetime) -> _Claimed:
    """Return the request of a check and charge it, or the reason why nothing is sent."""
    comment, post, site = session.execute(
        select(Comment, Post, Site)
        .join(Post, Post.id == Comment.post_id)
        .join(Site, Site.id == Comment.site_id)
        .where(Comment.id == check.comment_id)
        .execution_options(populate_existing=True)
    ).one()
    checker = from_stored(site.checker) if site.checker else None
    state = session.get(CheckerState, site.id, populate_existing=True, with_for_update=True)
    why_not, secret = "", ""
    if checker is None or not checker.enabled or state is None:
        why_not = "it was switched off"
    elif _is_moot(session, comment, check.revision):
        why_not = "the comment was decided or changed"
    elif check.attempts >= TRIES:
        why_not = f"it failed {TRIES} times, at last with: {state.last_error or 'no answer'}"
    else:
        why_not, secret = _charge(checker, state, now), state.secret
    request = None
    if not why_not and checker is not None:
        check.attempts += 1
        request = checker_shapes.build(checker, secret, _subject(comment, post, site))
    return _Claimed(
        check.comment_id,
        site.id,
        site.name,
        check.revision,
        check.attempts,
        checker,
        request,
        why_not,
    )


def _charge(checker: Checker, state: CheckerState, now: datetime) -> str:
    """Count a request that is about to be sent; return why it must not be, or an empty text."""
    if state.failures >= checker.failures:
        # Opened by a clock that was ahead: the breaker does not stay open for longer.
        if state.open_until and now < state.open_until <= now + 2 * COOL_DOWN:
            state.skipped_at = now
            return f"its circuit breaker is open after {state.failures} failures"
        # Half-open: this request probes, and the breaker stays closed to all others meanwhile.
        state.open_until = now + COOL_DOWN
    if sent_on(state, now) >= checker.daily_cap:
        state.skipped_at = now
        return f"its daily cap of {checker.daily_cap} is reached"
    if state.day != day_of(now):
        state.day, state.sent = day_of(now), 0
    state.sent += 1
    return ""


def _subject(comment: Comment, post: Post, site: Site) -> Subject:
    return Subject(
        text=comment.text,
        author_name=comment.author_name,
        comment_id=str(comment.id),
        post=post.external_id,
        post_url=post.url or "",
        site=site.name,
    )


# Results


def _record_failure(
    session: Session,
    claimed: _Claimed,
    checker: Checker,
    why: str,
    retry_after: str,
    now: datetime,
) -> None:
    """Count a failure, and retry the check later or give it up."""
    begin_write(session)
    state = session.get(CheckerState, claimed.site_id, populate_existing=True, with_for_update=True)
    if state is not None:
        state.failures += 1
        state.last_error = why[:200]
        if state.failures >= checker.failures:
            state.open_until = now + COOL_DOWN
    session.commit()
    log.warning("checker.failed", site=claimed.site_name, attempt=claimed.attempts, error=why[:200])
    if claimed.attempts >= TRIES:
        why_not = f"it failed {TRIES} times, at last with: {why}"
        _apply(session, claimed, _unavailable(checker, why_not), now)
        return
    begin_write(session)
    check = session.get(OutsideCheck, claimed.comment_id, with_for_update=True)
    if check is not None and _is_same(check, claimed):
        check.due_at = now + max(DELAYS[claimed.attempts - 1], _wait(retry_after))
        check.leased_until = None
    session.commit()


def _record_success(session: Session, claimed: _Claimed) -> None:
    """Close the circuit breaker."""
    begin_write(session)
    state = session.get(CheckerState, claimed.site_id, populate_existing=True, with_for_update=True)
    if state is not None and (state.failures or state.open_until):
        log.warning("checker.recovered", site=claimed.site_name)
        state.failures, state.open_until, state.last_error = 0, None, ""
    session.commit()


def _wait(retry_after: str) -> timedelta:
    """Return the wait of a Retry-After header in seconds; zero without one."""
    if not (retry_after.isascii() and retry_after.isdigit()):
        return timedelta(0)
    # Ten digits exceed the limit, and are few enough to convert.
    return min(timedelta(seconds=int(retry_after[:10])), LONGEST_WAIT)


def _cause(checker: Checker, result: Result) -> Cause:
    """Return the finding of a result."""
    name, score = result.worst
    bad = result.flagged or score >= checker.threshold
    highest = f"{name} with {score:.2f}" if name else "no score"
    if bad:
        explanation = f"The site's own checker reports {highest if name else 'it'}."
        return Cause(
            Signal(Code.OUTSIDE_CHECK, score, explanation), checker.threshold, Outcome.HOLD
        )
    explanation = f"The site's own checker finds nothing; the highest is {highest}."
    return Cause(Signal(Code.OUTSIDE_CHECK, score, explanation), checker.threshold, Outcome.APPROVE)


def _unavailable(checker: Checker | None, why: str) -> Cause:
    """Return the finding of a check that could not be made, with the outcome of the settings."""
    publish = checker is not None and checker.unavailable is Unavailable.PUBLISH
    explanation = f"The site's own checker could not check it: {why}."
    outcome = Outcome.APPROVE if publish else Outcome.HOLD
    return Cause(Signal(Code.OUTSIDE_CHECK_FAILED, 0.0, explanation), 0.0, outcome)


def _apply(session: Session, claimed: _Claimed, cause: Cause, now: datetime) -> None:
    """Replace the check by its decision; a check that is moot only ends. Commits."""
    try:
        transact(session, partial(_apply_within, session, claimed, cause, now))
    except CommentNotFound:
        # Its checks went with it.
        session.rollback()


def _apply_within(session: Session, claimed: _Claimed, cause: Cause, now: datetime) -> None:
    comment, post = ledger.lock(session, claimed.comment_id)
    check = session.get(
        OutsideCheck, claimed.comment_id, populate_existing=True, with_for_update=True
    )
    if check is None or not _is_same(check, claimed):
        return
    session.delete(check)
    if _is_moot(session, comment, claimed.revision):
        return
    verdict = _verdict(session, comment, claimed, cause)
    ledger.record(
        session,
        ledger.comment_columns(comment),
        post,
        verdict.outcome,
        actors.POLICY,
        now=now,
        verdict=verdict,
    )


def _is_same(check: OutsideCheck, claimed: _Claimed) -> bool:
    """Return whether a check is still the claimed one, and no other worker has claimed it since."""
    return (check.revision, check.attempts) == (claimed.revision, claimed.attempts)


def _is_moot(session: Session, comment: Comment, revision: int) -> bool:
    """Return whether a result for this revision comes too late to matter."""
    # A redaction is a revision as well, and queues no check.
    if comment.revision != revision or comment.status not in (Status.HELD, Status.APPROVED):
        return True
    by_people = select(Decision.id).where(
        Decision.comment_id == comment.id,
        Decision.revision == revision,
        Decision.actor.in_((Actor.MODERATOR.value, Actor.SITE.value)),
    )
    return session.scalar(by_people.limit(1)) is not None


def _verdict(session: Session, comment: Comment, claimed: _Claimed, cause: Cause) -> Verdict:
    """Return the filters' stored verdict with the checker's finding in place of its earlier one."""
    before = session.get(Decision, comment.verdict_id) if comment.verdict_id else None
    records = [c for c in (before.causes if before else ()) if c["filter"] != _FILTER]
    # The codes of a newer release hold, although this one cannot repeat them.
    holds = [c for c in records if c["outcome"] == Outcome.HOLD]
    outcome = Outcome.HOLD if holds or cause.outcome is Outcome.HOLD else Outcome.APPROVE
    causes = [*stored_causes(records), cause]
    causes.sort(key=lambda each: -each.outcome.severity)
    checker = claimed.checker
    version = f"{checker.shape}-{claimed.site_id}" if checker else "none"
    return Verdict(
        outcome,
        tuple(causes),
        {**(before.scores if before else {}), _FILTER: cause.signal.score},
        {**(before.versions if before else {}), _FILTER: version},
        before.policy if before else "",
    )
