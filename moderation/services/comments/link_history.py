"""The hosts that comments link to, and what people decided about those comments."""

import re
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from moderation.domain.status import Outcome, Status
from moderation.filters.links import hosts
from moderation.filters.text import Text
from moderation.storage.dialects import insert_ignoring
from moderation.storage.prepared import Prepared
from moderation.storage.sites import LinkHost

#: Hosts of one text that are looked up and counted.
HOSTS = 5
#: What every link has in one disguise or another: most texts need no closer look.
_MAYBE_LINK = re.compile(r"[.:\u3002\uff0e\uff61]\S|\bdot\b|%2e|&#", re.IGNORECASE)
_T = LinkHost.__table__
_COUNT = Prepared(
    update(_T)  # type: ignore[arg-type]
    .where(_T.c.site_id == bindparam("site"), _T.c.host == bindparam("linked"))
    .values(spam=_T.c.spam + bindparam("more_spam"), fine=_T.c.fine + bindparam("more_fine"))
)


def linked_hosts(text: str) -> list[str]:
    """The first hosts that a text links to, each once."""
    if _MAYBE_LINK.search(text) is None:
        return []
    return [host for host in hosts(Text(text)) if len(host) <= 255][:HOSTS]


def learn(
    session: Session, site_id: int, text: str, outcome: Outcome, before: Status, after: Status
) -> None:
    """Count a person's decision, or take it back with its undoing, for the hosts in the text."""
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
