"""Redaction: personal data is removed from a comment without rejecting it.

The removed text is not kept: earlier revisions are deleted, and quotations in findings and
notes as well. So there is no undo, which the console shows before.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.errors import Conflict, FieldError, Invalid
from moderation.domain.judgement import TEXT, Span
from moderation.domain.reasons import Reason
from moderation.domain.status import Outcome, Status
from moderation.storage import full_text
from moderation.storage.engine import empty_journal
from moderation.storage.models.appeals import Appeal
from moderation.storage.models.comments import Revision
from moderation.storage.models.decisions import Decision
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.reports import CommentReport
from moderation.storage.transactions import transact

from ..comments import escalation, facts, foreign_verdicts, ledger
from ..comments.erasure import forget_examples
from ..comments.markdown import render
from . import claims, decisions

#: Replaces removed text. It has no meaning in Markdown.
MARK = "⟦removed⟧"
#: Spans in one request.
MOST = 100
#: Shorter removed texts are not searched for in notes and explanations.
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
    """Replace spans of a comment's text by a mark, permanently; commits.

    The spans count code points of the text of this version. The comment's status stays
    as it is.
    """
    decision = transact(session, partial(_redact, session, comment_id, spans, by, version, now))
    empty_journal(session)
    return decision


def _redact(
    session: Session, comment_id: UUID, spans: Sequence[Span], by: By, version: int, now: datetime
) -> Decision:
    comment, post = ledger.lock(session, comment_id)
    foreign_verdicts.refuse_foreign(post.origin, "redacted")
    if comment.version != version:
        raise decisions.decided_meanwhile(session, comment)
    if comment.status == Status.DELETED:
        raise Conflict("The author has deleted this comment. Its text is already erased.")
    escalation.require_senior(comment, by)
    claims.require_free(session, comment, by, now=now)
    chosen = _joined(spans, comment.text)
    revision, text = comment.revision, _without(comment.text, chosen)
    removed = [comment.text[begin:end].strip().lower() for begin, end in chosen]
    forget_examples(session, [comment_id])
    recorded = ledger.record(
        session,
        ledger.comment_columns(comment),
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
    """Return the spans in order, adjacent ones joined; raise Invalid for one outside the text."""
    joined: list[Span] = []
    for number, (begin, end) in enumerate(spans):
        if not 0 <= begin < end <= len(text):
            raise Invalid(
                "A span is not inside the text. Load the comment again and select the text again.",
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
    """Erase the removed text from every other table."""
    session.execute(delete(Revision).where(Revision.comment_id == comment_id))
    for decision in session.execute(
        select(Decision.id, Decision.causes, Decision.note, Decision.revision).where(
            Decision.comment_id == comment_id
        )
    ).all():
        # The positions in an earlier text are no longer known.
        same = decision.revision == revision
        causes = [_cause(cause, spans, removed, same) for cause in decision.causes]
        note = "" if _quotes(decision.note, removed) else decision.note
        if causes != decision.causes or note != decision.note:
            session.execute(
                update(Decision).where(Decision.id == decision.id).values(causes=causes, note=note)
            )
    for table, words in _QUOTING.items():
        _forget_quotes(session, table, words, comment_id, removed)
    for id, payload in session.execute(
        select(OutboxMessage.id, OutboxMessage.payload).where(
            OutboxMessage.comment_id == comment_id
        )
    ).all():
        if payload["comment"]["text"]:
            changed = {**payload, "comment": {**payload["comment"], "text": text}}
            if "appeal" in payload:
                given = payload["appeal"]
                kept = {name: _unquoted(given[name], removed) for name in ("text", "answer")}
                changed["appeal"] = {**given, **kept}
            session.execute(
                update(OutboxMessage).where(OutboxMessage.id == id).values(payload=changed)
            )
    full_text.purge(session)


#: Columns in which others write about a comment, and may quote it.
_QUOTING: dict[type[Appeal] | type[CommentReport], tuple[str, ...]] = {
    Appeal: ("text", "note", "answer"),
    CommentReport: ("text", "explanation"),
}


def _forget_quotes(
    session: Session,
    table: type[Appeal] | type[CommentReport],
    words: Sequence[str],
    comment_id: UUID,
    removed: Sequence[str],
) -> None:
    for row in session.scalars(select(table).where(table.comment_id == comment_id)):
        for name in words:
            setattr(row, name, _unquoted(getattr(row, name), removed))
    session.flush()


def _unquoted(text: str, removed: Sequence[str]) -> str:
    """Return a text with a mark in place of each quotation."""
    for word in sorted(removed, key=len, reverse=True):
        if len(word) >= _SHORT:
            text = re.sub(re.escape(word), MARK, text, flags=re.IGNORECASE)
    # A few letters are equal in lower case only.
    return "" if _quotes(text, removed) else text


def _cause(
    cause: dict[str, Any], spans: Sequence[Span], removed: Sequence[str], same: bool
) -> dict[str, Any]:
    """Return a finding with its spans moved, and without those of removed text."""
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
    """Return a span's new position; None when its text was removed, even in part."""
    shift = 0
    for first, last in spans:
        if first < end and begin < last:
            return None
        if last <= begin:
            shift += len(MARK) - (last - first)
    return [begin + shift, end + shift]


def _quotes(text: str, removed: Sequence[str]) -> bool:
    lowered = text.lower()
    return any(len(word) >= _SHORT and word in lowered for word in removed)
