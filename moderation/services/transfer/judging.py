"""Judgement of imported comments by the filters: for the record, or to hold the doubtful ones.

An imported decision stands: what the filters find is added to it, and hosts that comments link
to are counted as moderators' decisions count them. Facts that depend on the moment, such as how
many comments an author sent within a minute, mean nothing here and are left neutral.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import literal_column, select, update
from sqlalchemy.orm import Session

from moderation.domain.judgement import Draft, Facts, Rules, Verdict
from moderation.domain.status import Status
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.sites import Site
from moderation.storage.models.transfer import ImportedComment
from moderation.storage.transactions import transact

from ..comments import ledger, link_history
from ..judging import judge
from ..leases import give_lease_back, take_lease
from ..sites.judgement_rules import rules_of
from . import identity
from .rows import Row
from .storing import BY, OUTCOMES

#: Comments of one transaction, and of one turn of the worker.
BATCH = 100
PER_TURN = 200
LEASE = "import.judge"
_LENGTH = timedelta(seconds=30)
_I = ImportedComment


def judge_of(site: Site) -> Callable[[Row], Verdict | None]:
    """Return the judge of a site: it judges what is approved, and nothing else."""
    rules = replace(rules_of(site), hold_first=0)

    def judge_row(row: Row) -> Verdict | None:
        if row.decided is not Status.APPROVED:
            return None
        draft = Draft(row.text, row.columns["author_name"], row.author.email, row.author.website)
        return judge(draft, Facts(staff=row.author.is_staff), rules)

    return judge_row


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A comment that was imported and not judged; without an id it was removed here."""

    mapping: int
    site_id: int
    written: datetime
    digest: bytes
    #: The version that was imported.
    version: int
    comment_id: UUID | None
    current: int | None
    status: str | None
    text: str | None
    name: str | None
    website: str | None
    staff: bool | None


def judge_imported(
    session: Session,
    holder: str,
    *,
    clock: Callable[[], datetime],
    site_id: int | None = None,
    most: int | None = None,
    progress: Callable[[int], object] = lambda _: None,
) -> int:
    """Judge imported comments that are not judged yet, and return how many; commits many times.

    One process at a time does so; where another one holds the lease, it goes on with the rest.
    """
    done = 0
    rules: dict[int, Rules] = {}
    while most is None or done < most:
        waiting = _waiting(session, site_id)
        if not waiting or not take_lease(
            session, LEASE, holder, now=clock(), length=_LENGTH, renew=True
        ):
            break
        for each in waiting:
            if each.site_id not in rules:
                site = session.get_one(Site, each.site_id)
                rules[each.site_id] = replace(rules_of(site), hold_first=0)
        session.rollback()
        judged = [(each, _verdict(each, rules[each.site_id])) for each in waiting]
        transact(session, partial(_record, session, judged))
        done += len(waiting)
        progress(done)
    session.rollback()
    if rules:
        give_lease_back(session, LEASE, holder, now=clock())
    return done


def _waiting(session: Session, site_id: int | None) -> list[_Waiting]:
    statement = (
        select(
            *(_I.id, _I.site_id, _I.written_at, _I.digest, _I.version, _I.comment_id),
            *(Comment.version, Comment.status, Comment.text, Comment.author_name),
            *(Comment.author_website, Comment.staff),
        )
        .outerjoin(Comment, Comment.id == _I.comment_id)
        .where(literal_column("NOT judged"))
        .order_by(_I.site_id, _I.id)
        .limit(BATCH)
    )
    if site_id is not None:
        statement = statement.where(_I.site_id == site_id)
    rows = [_waiting_of(tuple(row)) for row in session.execute(statement)]
    session.rollback()
    return rows


def _waiting_of(columns: tuple[Any, ...]) -> _Waiting:
    return _Waiting(*columns)


def _verdict(waiting: _Waiting, rules: Rules) -> Verdict | None:
    if not waiting.text:
        return None
    draft = Draft(waiting.text, waiting.name or "", "", waiting.website or "")
    return judge(draft, Facts(staff=bool(waiting.staff)), rules)


def _record(session: Session, judged: Sequence[tuple[_Waiting, Verdict | None]]) -> None:
    for waiting, verdict in judged:
        if waiting.comment_id is None or verdict is None:
            continue
        decision = identity.decision_id(waiting.comment_id, waiting.digest, waiting.written)
        session.execute(
            update(Decision).where(Decision.id == decision).values(**ledger.findings(verdict))
        )
        status = Status(waiting.status or Status.HELD)
        if waiting.current == waiting.version:
            given = ledger.ImportedStatus(
                decision, status, OUTCOMES[status], BY, "", waiting.written, verdict
            )
            # Unless it was changed since it was read: then what is found is another text's.
            session.execute(
                update(Comment)
                .where(Comment.id == waiting.comment_id, Comment.version == waiting.version)
                .values(**ledger.judged_columns(given, waiting.written))
            )
        if status in (Status.APPROVED, Status.SPAM):
            link_history.record_decision(
                session, waiting.site_id, waiting.text or "", OUTCOMES[status], Status.HELD, status
            )
    session.execute(
        update(_I).where(_I.id.in_([waiting.mapping for waiting, _ in judged])).values(judged=True)
    )
