"""Comments that wait for the check of their site's own checker.

Only the queue: `services/compat/checker_jobs` sends the requests and applies the results.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, insert

from moderation.domain.checker import Checker, from_stored
from moderation.domain.judgement import Cause, Signal, Verdict
from moderation.domain.reasons import Code
from moderation.domain.status import Outcome
from moderation.storage.compiled_statements import CompiledStatement, Executor
from moderation.storage.models.checks import OutsideCheck
from moderation.storage.models.sites import Site

_T = OutsideCheck.__table__
_INSERT = CompiledStatement(
    insert(_T).inline(),  # type: ignore[arg-type]
    [column.key for column in _T.columns],
)
_DELETE = CompiledStatement(
    delete(_T).where(_T.c.comment_id == bindparam("comment"))  # type: ignore[arg-type]
)


def checker_of(site: Site) -> Checker | None:
    """Return the checker of a site; None without one, and while it is off."""
    if not site.checker:
        return None
    checker = from_stored(site.checker)
    return checker if checker.enabled else None


def with_pending(site: Site, verdict: Verdict) -> Verdict:
    """Return the verdict with the finding that a check is pending, where comments wait for it."""
    checker = checker_of(site)
    if checker is None or not checker.wait or verdict.outcome is Outcome.REJECT:
        return verdict
    signal = Signal(Code.OUTSIDE_CHECK_PENDING, 0.0, "The site's own checker has not answered yet.")
    outcome = max(verdict.outcome, Outcome.HOLD, key=lambda each: each.severity)
    held = tuple(each for each in verdict.causes if each.outcome is outcome)
    others = tuple(each for each in verdict.causes if each.outcome is not outcome)
    causes = (*held, Cause(signal, 0.0, Outcome.HOLD), *others)
    return replace(verdict, outcome=outcome, causes=causes)


def enqueue(
    unit: Executor,
    site: Site,
    comment_id: UUID,
    revision: int,
    verdict: Verdict,
    now: datetime,
) -> None:
    """Queue the check of a revision in the caller's transaction; what is refused is not checked.

    It replaces the check of an earlier revision.
    """
    connection = unit.connection()
    if revision > 1:
        _DELETE.run(connection, {"comment": comment_id})
    # A comment that was held for its check is checked, even if the checker was removed meanwhile.
    waits = any(cause.signal.code is Code.OUTSIDE_CHECK_PENDING for cause in verdict.causes)
    if verdict.outcome is Outcome.REJECT or not (waits or checker_of(site)):
        return
    _INSERT.run(
        connection,
        {
            "comment_id": comment_id,
            "site_id": site.id,
            "revision": revision,
            "attempts": 0,
            "due_at": now,
            "leased_until": None,
            "created_at": now,
        },
    )
