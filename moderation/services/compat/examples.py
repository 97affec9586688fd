"""Labelled examples: texts that clients of foreign protocols report as right or wrong.

They are stored for the site; nothing learns from them yet.
"""

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from moderation.storage.models.compat import LabelledExample, digest_of
from moderation.storage.models.sites import Site

#: Examples of a site; the oldest go.
MOST = 100_000
#: The bound is enforced at one in so many examples: counting reads the index of the site.
TRIMMED_EVERY = 64
#: Bounds of one example.
LONGEST_TEXT = 20_480
MOST_LABELS = 64
MOST_CONTEXT = 40
LONGEST_VALUE = 1000


def keep(
    session: Session,
    site: Site,
    *,
    source: str,
    text: str,
    labels: Mapping[str, float],
    context: Mapping[str, Any],
    now: datetime,
    author_key: str | None = None,
) -> None:
    """Add an example in the caller's transaction; longer parts than the bounds are cut.

    With `author_key`, as `Signing.author_key` makes it, the example goes when its author is erased.
    """
    text = _storable(text, LONGEST_TEXT)
    session.add(
        LabelledExample(
            site_id=site.id,
            source=source,
            text=text,
            text_digest=digest_of(text),
            author_key=author_key,
            labels={
                _storable(name, 80): float(value)
                for name, value in list(labels.items())[:MOST_LABELS]
            },
            context=_bounded(context),
            created_at=now,
        )
    )
    session.flush()
    if not secrets.randbelow(TRIMMED_EVERY):
        trim(session, site.id)


def trim(session: Session, site_id: int, most: int | None = None) -> None:
    """Delete the oldest examples of a site beyond the bound."""
    of_site = LabelledExample.site_id == site_id
    last = session.scalar(
        select(LabelledExample.id)
        .where(of_site)
        .order_by(LabelledExample.id.desc())
        .offset(MOST if most is None else most)
        .limit(1)
    )
    if last is not None:
        session.execute(
            delete(LabelledExample).where(of_site, LabelledExample.id <= last),
            execution_options={"synchronize_session": False},
        )


def export(session: Session, site: Site, *, batch: int = 500) -> Iterator[dict[str, Any]]:
    """Yield the examples of a site, the oldest first, each batch in a transaction of its own."""
    after = 0
    while True:
        rows = session.scalars(
            select(LabelledExample)
            .where(LabelledExample.site_id == site.id, LabelledExample.id > after)
            .order_by(LabelledExample.id)
            .limit(batch)
        ).all()
        session.rollback()
        for row in rows:
            yield {
                "at": row.created_at,
                "source": row.source,
                "text": row.text,
                "labels": row.labels,
                "context": row.context,
            }
        if len(rows) < batch:
            return
        after = rows[-1].id
        session.expunge_all()


def _bounded(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scalars of a context and of the mappings in it, cut to the bounds."""
    kept: dict[str, Any] = {}
    for name, value in list(context.items())[:MOST_CONTEXT]:
        if isinstance(value, Mapping):
            kept[_storable(name, 80)] = {
                _storable(key, 80): _scalar(inner)
                for key, inner in list(value.items())[:MOST_CONTEXT]
            }
        else:
            kept[_storable(name, 80)] = _scalar(value)
    return kept


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) < 2**53:
        return value
    return _storable(str(value), LONGEST_VALUE)


def _storable(text: str, most: int) -> str:
    """Cut a text, and replace NUL and lone surrogates, which PostgreSQL cannot store."""
    cut = text[:most].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return cut.encode("utf-8", "replace").decode()
