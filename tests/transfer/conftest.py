"""Imports through the services, as the command runs them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from moderation.domain.actors import By
from moderation.domain.status import Actor
from moderation.services.operations.integrity import verify
from moderation.services.sites import registry
from moderation.services.transfer import imports
from moderation.services.transfer.formats import Format
from moderation.services.transfer.planning import Plan
from moderation.services.transfer.records import Note
from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.web.database import db
from moderation.web.state import app_state


@dataclass
class Done:
    plan: Plan
    notes: list[Note]
    result: imports.Result | None


@pytest.fixture
def bring(app, site, session, clock, tmp_path) -> Callable[..., Done]:
    """Import a text, bytes or a file; the store is sound after each import."""

    def run(
        content: str | bytes | Path,
        format: str = "",
        *,
        site_name: str = "news",
        dry: bool = False,
        hook: Callable[..., object] = lambda *_: None,
        **options: Any,
    ) -> Done:
        source = content if isinstance(content, Path) else tmp_path / "export"
        if isinstance(content, str):
            source.write_text(content, encoding="utf-8")
        elif isinstance(content, bytes):
            source.write_bytes(content)
        chosen = imports.Options(Format(format) if format else None, **options)
        found = registry.find(session, site_name)
        with imports.read(session, found, source, chosen, now=clock.now) as reading:
            result = None
            if not dry:
                result = imports.store(
                    session,
                    app_state(app).signing,
                    found,
                    reading,
                    chosen,
                    By(Actor.SITE, "cli"),
                    clock=clock,
                    progress=hook,
                )
            done = Done(reading.plan, list(reading.spill.notes()), result)
        wrong = [finding for finding in verify(session, now=clock.now) if finding.wrong]
        assert wrong == []
        return done

    return run


@pytest.fixture
def stored(session) -> Callable[..., list[Any]]:
    """Return the comments in the order of their times, with their posts' ids."""

    def read() -> list[Any]:
        session.rollback()
        return list(
            session.execute(
                select(Comment, Post.external_id)
                .join(Post, Post.id == Comment.post_id)
                .order_by(Comment.created_at, Comment.id)
            )
        )

    return read


def dump(session) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of an import; versions of posts differ by the number of commits."""
    session.rollback()
    tables = db.metadata.tables or Comment.metadata.tables
    found = {}
    for name, left_out in (
        ("comments", {"post_id"}),
        ("decisions", set()),
        ("posts", {"id", "version"}),
        ("bans", {"id", "created_at"}),
        ("imported_comments", {"id"}),
        ("link_hosts", {"id"}),
    ):
        table = tables.get(name, Comment.metadata.tables[name])
        columns = [column for column in table.columns if column.key not in left_out]
        found[name] = sorted(map(repr, session.execute(select(*columns)).all()))
    session.rollback()
    return found
