"""Taking personal data out of a comment without refusing it.

What is taken out is gone: the text before is not kept, earlier texts are removed, and whatever
quoted it loses the quotation. So there is no undo, and everybody who asks is told before.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from moderation.domain.errors import Conflict, FieldError, Invalid, ModerationError
from moderation.domain.judgement import TEXT, Span
from moderation.domain.reasons import Reason
from moderation.domain.status import Outcome, Status
from moderation.storage import search
from moderation.storage.comments import Revision
from moderation.storage.decisions import Decision
from moderation.storage.dialects import begin_write
from moderation.storage.messages import OutboxMessage

from . import claims, facts, ledger, review
from .ledger import By
from .rendering import render

#: Stands where something was taken out. It means nothing to Markdown.
MARK = "⟦removed⟧"
#: Spans in one request.
MOST = 100
#: What is shorter says too little to be looked for in notes and explanations.
_SHORT = 3


def redact(
    session: Session,
    comment_id: UUID,
    spans: Sequence[Span],
    by: By,
    *,
    version: int,
    now: datetime,
) -> Decision:
    """Replace spans of a comment's text by a mark, for good; commits.

    The spans count code points of the text that has this version. The comment's status stays
    as it is.
    """
    begin_write(session)
    try:
        decision = _redact(session, comment_id, spans, by, version, now)
    except ModerationError:
        session.rollback()
        raise
    session.commit()
    return decision


def _redact(
    session: Session, comment_id: UUID, spans: Sequence[Span], by: By, version: int, now: datetime
) -> Decision:
    comment, post = ledger.lock(session, comment_id)
    if comment.version != version:
        raise review.decided_meanwhile(session, comment)
    if comment.status == Status.DELETED:
        raise Conflict("Its author has deleted this comment; there is nothing left to redact.")
    claims.require_free(session, comment_id, by, now=now)
    chosen = _joined(spans, comment.text)
    revision, text = comment.revision, _without(comment.text, chosen)
    removed = [comment.text[begin:end].strip().lower() for begin, end in chosen]
    recorded = ledger.record(
        session,
        ledger.columns(comment),
        post,
        Outcome.REDACT,
        by,
        now=now,
        reason=Reason.PERSONAL_DATA,
        changes={
            "text": text,
            "html": render(text),
            **facts.text_columns(text),
            "revision": revision + 1,
            "redacted_at": now,
        },
    )
    _forget(session, comment_id, revision, chosen, removed, text)
    return session.get_one(Decision, recorded.decision_id)


def _joined(spans: Sequence[Span], text: str) -> list[Span]:
    """The spans in order, those that touch as one; raises Invalid for what is not in the text."""
    joined: list[Span] = []
    for number, (begin, end) in enumerate(spans):
        if not 0 <= begin < end <= len(text):
            raise Invalid(
                "A span is not inside the text. Read the comment again and choose anew.",
                errors=(FieldError(f"#/spans/{number}", "not inside the text"),),
            )
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _without(text: str, spans: Sequence[Span]) -> str:
    parts, last = [], 0
    for begin, end in spans:
        parts += [text[last:begin], MARK]
        last = end
    return "".join([*parts, text[last:]])


def _forget(
    session: Session,
    comment_id: UUID,
    revision: int,
    spans: Sequence[Span],
    removed: Sequence[str],
    text: str,
) -> None:
    """Take what was removed out of everything around the comment."""
    session.execute(delete(Revision).where(Revision.comment_id == comment_id))
    for decision in session.execute(
        select(Decision.id, Decision.causes, Decision.note, Decision.revision).where(
            Decision.comment_id == comment_id
        )
    ).all():
        # Of an earlier text nobody can say any more where its words stood.
        same = decision.revision == revision
        causes = [_cause(cause, spans, removed, same) for cause in decision.causes]
        note = "" if _quotes(decision.note, removed) else decision.note
        if causes != decision.causes or note != decision.note:
            session.execute(
                update(Decision).where(Decision.id == decision.id).values(causes=causes, note=note)
            )
    for id, payload in session.execute(
        select(OutboxMessage.id, OutboxMessage.payload).where(
            OutboxMessage.comment_id == comment_id
        )
    ).all():
        if payload["comment"]["text"]:
            now_said = {**payload["comment"], "text": text}
            session.execute(
                update(OutboxMessage)
                .where(OutboxMessage.id == id)
                .values(payload={**payload, "comment": now_said})
            )
    search.purge(session)


def _cause(
    cause: dict[str, Any], spans: Sequence[Span], removed: Sequence[str], same: bool
) -> dict[str, Any]:
    """A finding with its marks where the words stand now, and without those that are gone."""
    if cause["field"] != TEXT:
        quotes = _quotes(cause["explanation"], removed)
        return {**cause, "explanation": ""} if quotes else cause
    if not same:
        return {**cause, "spans": [], "explanation": ""}
    kept = [_moved(begin, end, spans) for begin, end in cause["spans"]]
    gone = None in kept or _quotes(cause["explanation"], removed)
    return {
        **cause,
        "spans": [span for span in kept if span is not None],
        "explanation": "" if gone else cause["explanation"],
    }


def _moved(begin: int, end: int, spans: Sequence[Span]) -> list[int] | None:
    """Where a mark stands now; None when what it marked is gone, even in part."""
    shift = 0
    for first, last in spans:
        if first < end and begin < last:
            return None
        if last <= begin:
            shift += len(MARK) - (last - first)
    return [begin + shift, end + shift]


def _quotes(said: str, removed: Sequence[str]) -> bool:
    lowered = said.lower()
    return any(len(word) >= _SHORT and word in lowered for word in removed)
