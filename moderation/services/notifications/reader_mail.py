"""The outbox of mail to readers: one row for each mail, stored in the commit of its cause.

The worker sends it (`reader_delivery`). Texts of comments are in no row: they are read when a
mail is sent, so that a decision or an erasure until then is respected.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from moderation.domain.mailboxes import mailbox
from moderation.storage.compiled_statements import Executor
from moderation.storage.models.base import new_id
from moderation.storage.models.reader_mail import ReaderMail
from moderation.storage.upsert import insert_ignoring

from . import reader_messages

CONFIRM_ADDRESS, REPLIES, REPORT_RECEIPT = "confirm_address", "replies", "report_receipt"
#: Kinds that go to a confirmed address only: other people may have typed it.
CONFIRMED_ONLY = frozenset({REPLIES, "decision", "appeal_outcome"})
#: Outcomes that the templates have a sentence for, by kind.
OUTCOMES: Mapping[str, frozenset[str]] = {
    "report_outcome": frozenset({"removed", "kept", "gone"}),
    "appeal_outcome": frozenset({"granted", "rejected"}),
}
KINDS = frozenset({CONFIRM_ADDRESS, REPLIES, REPORT_RECEIPT, "decision", *OUTCOMES})
_LONGEST_KEY = 160


def queue_reader_mail(
    session: Executor,
    *,
    site_id: int,
    kind: str,
    address: str,
    language: str,
    values: Mapping[str, str],
    key: str,
    now: datetime,
    address_id: int | None = None,
    email_key: str | None = None,
    network_key: str | None = None,
) -> UUID | None:
    """Store one mail to a reader, in the caller's transaction; return its id.

    Returns None, and stores nothing, if the site has a mail with this `key`. Values of the
    kinds `report_outcome`, `appeal_outcome` and `decision`: `page_title`, `page_url`, `sentence`
    (the public sentence of the reason, in the reader's language; empty: none), and for the
    first two `outcome`, one of OUTCOMES. Those of `report_receipt`: `page_title`, `page_url`,
    `at` (the time in UTC, as text) and `number`.

    The mail is dropped when it is due if its address is stopped, and for `decision` and
    `appeal_outcome` unless its reader has confirmed the address on this site. Raises ValueError
    for an unknown kind or outcome, a long key, and an address that no mail can be sent to.
    """
    if kind not in KINDS or len(key) > _LONGEST_KEY:
        raise ValueError("an unknown kind of mail, or a key that is too long")
    if kind in OUTCOMES and values.get("outcome") not in OUTCOMES[kind]:
        raise ValueError(f"{kind} needs an outcome: one of {', '.join(sorted(OUTCOMES[kind]))}")
    id = new_id()
    stored = insert_ignoring(
        session,
        ReaderMail.__table__,  # type: ignore[arg-type]
        id=id,
        site_id=site_id,
        address_id=address_id,
        kind=kind,
        key=key,
        recipient=mailbox(address),
        email_key=email_key,
        network_key=network_key,
        language=reader_messages.known_language(language),
        values=dict(values),
        state="waiting",
        attempts=0,
        due_at=now,
        last_error="",
        created_at=now,
        finished_at=None,
    )
    return id if stored else None
