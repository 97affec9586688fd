"""The hosts that comments link to, with counts of moderators' decisions about those comments."""

import re
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from moderation.domain.status import Outcome, Status
from moderation.filters.links import hosts
from moderation.filters.text.document import Text
from moderation.storage.compiled_statements import CompiledStatement
from moderation.storage.models.sites import LinkHost
from moderation.storage.upsert import insert_ignoring

#: Hosts of one text that are looked up and counted.
HOSTS = 5
#: A part of every link, however disguised; most texts have none and need no further scan.
_MAYBE_LINK = re.compile(r"[.:\u3002\uff0e\uff61]\S|\bdot\b|%2e|&#", re.IGNORECASE)
_T = LinkHost.__table__
_COUNT = CompiledStatement(
    update(_T)  # type: ignore[arg-type]
    .where(_T.c.site_id == bindparam("site"), _T.c.host == bindparam("linked"))
    .values(spam=_T.c.spam + bindparam("more_spam"), fine=_T.c.fine + bindparam("more_fine"))
)


def linked_hosts(text: str) -> list[str]:
    """Return the first hosts that a text links to, each once."""
    if _MAYBE_LINK.search(text) is None:
        return []
    return [host for host in hosts(Text(text)) if len(host) <= 255][:HOSTS]


def record_decision(
    session: Session, site_id: int, text: str, outcome: Outcome, before: Status, after: Status
) -> None:
    """Count a moderator's decision for the hosts in the text, or subtract one that is undone."""
    spam = (after is Status.SPAM) - (outcome is Outcome.UNDO and before is Status.SPAM)
    fine = (after is Status.APPROVED) - (outcome is Outcome.UNDO and before is Status.APPROVED)
    if outcome is Outcome.UNDO:
        spam, fine = min(spam, 0), min(fine, 0)
    if not spam and not fine:
        return
    table: Any = _T
    for host in linked_hosts(text):
        insert_ignoring(session, table, site_id=site_id, host=host, spam=0, fine=0)
        _COUNT.run(
            session.connection(),
            {"site": site_id, "linked": host, "more_spam": int(spam), "more_fine": int(fine)},
        )
