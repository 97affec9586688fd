"""A site's rows as the lines of an export, read from one snapshot in pages of constant size.

Values that depend on a store's own keys and numbers are written without them, so that a site
gives the same lines in every store: a keyed hash of a known id or address is written as the name
of that field, and posts are written by their ids. Items of other platforms, which wait here for
a moderator, belong to those platforms and are left out.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, collate, exists, func, literal_column, or_, select
from sqlalchemy.orm import Session

from moderation.storage.models.authors import AuthorNote, AuthorStanding, Ban
from moderation.storage.models.comments import Comment, Revision
from moderation.storage.models.decisions import Decision
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import LinkHost, Site

from ..comments.markdown import render
from ..signing import Signing
from . import attached
from .lines import FORMAT
from .people import People

#: Comments that are read at a time.
PAGE = 500

# Rows, not objects: each is read once.
_COMMENT, _REVISION, _DECISION = Comment.__table__, Revision.__table__, Decision.__table__

Line = dict[str, Any]
#: Called with the number of comments that are written, and of all.
Progress = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of a site that is exported; by default all of it."""

    #: Only comments that were written, or changed by a decision, since then.
    since: datetime | None = None
    #: Only posts whose ids begin with one of these; empty: all posts.
    posts: tuple[str, ...] = ()

    def of_posts(self) -> list[ColumnElement[bool]]:
        """Return the conditions of the posts that are exported."""
        chosen: list[ColumnElement[bool]] = [Post.origin.is_(None)]
        if self.posts:
            # Not LIKE, which ignores case on SQLite and gives `%` a meaning.
            begins = (func.substr(Post.external_id, 1, len(p)) == p for p in self.posts)
            chosen.append(or_(*begins))
        return chosen

    def of_comments(self) -> list[ColumnElement[bool]]:
        """Return the conditions of the comments that are exported, beside those of their posts."""
        if self.since is None:
            return []
        decided = exists().where(
            Decision.comment_id == Comment.id, Decision.created_at >= self.since
        )
        return [or_(Comment.created_at >= self.since, decided)]


WHOLE = Scope()


@dataclass(slots=True)
class Snapshot:
    """Reads one site; the session's transaction must see a single moment."""

    session: Session
    runtime: Signing
    site: Site
    scope: Scope = WHOLE
    progress: Progress | None = None
    #: Comments that the format has; None: all of the scope, which are counted when needed.
    total: int | None = None
    _done: int = 0
    _people: People = field(init=False)

    def __post_init__(self) -> None:
        self._people = People(self.runtime)

    def advance(self, number: int) -> None:
        """Report that further comments are written."""
        if self.progress is None:
            return
        if self.total is None:
            self.total = self.session.scalar(
                select(func.count())
                .select_from(Comment)
                .join(Post, Post.id == Comment.post_id)
                .where(*self.in_scope())
            )
        self._done += number
        self.progress(self._done, self.total or 0)

    def in_scope(self, *, in_pages: bool = False) -> list[ColumnElement[bool]]:
        """Return the conditions of the comments with their posts.

        `in_pages` is for pages in the order of ids. Without statistics SQLite would take an index
        of comments of the site and sort all of them for each page. The sign keeps it from that,
        and the order comes from the index of ids.
        """
        of_site: ColumnElement[bool] = Comment.site_id == self.site.id
        if in_pages and self.session.get_bind().dialect.name == "sqlite":
            of_site = literal_column("+comments.site_id") == self.site.id
        return [of_site, *self.scope.of_posts(), *self.scope.of_comments()]

    def lines(self) -> Iterator[Line]:
        """Yield every line but the last, in the order of the format."""
        yield self.site_line()
        yield from self.posts()
        yield from self.redirects()
        authors = self._author_rows()
        for comment in self.comments():
            yield from self.lines_of(comment)
        yield from self._about_authors(authors)
        yield from self._links()

    def site_line(self) -> Line:
        """Return the site with its settings; without its name, which an import chooses."""
        site = self.site
        return {
            "type": "site",
            "format": FORMAT,
            "title": site.title,
            "origins": site.origins,
            "settings": _ordered(site.settings),
            "created_at": site.created_at,
            "since": self.scope.since,
            "posts": list(self.scope.posts),
        }

    def posts(self) -> Iterator[Line]:
        """Yield the posts in the order of their ids' code points."""
        name: Any = Post.external_id
        if self.session.get_bind().dialect.name == "postgresql":
            name = collate(name, "C")
        columns = (Post.external_id, *_POST_COLUMNS)
        statement = (
            select(*columns)
            .where(Post.site_id == self.site.id, *self.scope.of_posts())
            .order_by(name)
            .limit(PAGE)
        )
        rows = self.session.execute(statement).all()
        while rows:
            for row in rows:
                values = row._mapping
                yield {
                    "type": "post",
                    "id": row.external_id,
                    **{column.key: _ordered(values[column.key]) for column in _POST_COLUMNS},
                }
            last = rows[-1].external_id
            rows = self.session.execute(statement.where(name > last)).all()

    def redirects(self) -> Iterator[Line]:
        """Yield the earlier ids of posts that were moved."""
        yield from attached.redirect_lines(self.session, self.site.id, self.scope.of_posts())

    # Comments

    def comments(self, *more: ColumnElement[bool]) -> Iterator[Any]:
        """Yield the rows of the comments with their posts, in the order of their ids."""
        statement = (
            select(*_COMMENT.c, Post.external_id, Post.title, Post.url)
            .join(Post, Post.id == Comment.post_id)
            .where(*self.in_scope(in_pages=True), *more)
            .order_by(Comment.id)
            .limit(PAGE)
        )
        rows = self.session.execute(statement).all()
        while rows:
            about = self._about([row.id for row in rows])
            for row in rows:
                yield _Whole(row, row.external_id, row.title, row.url, about)
            self.advance(len(rows))
            last = rows[-1].id
            rows = self.session.execute(statement.where(Comment.id > last)).all()

    def _about(self, ids: Sequence[UUID]) -> "_About":
        revisions, decisions = (
            defaultdict[UUID, list[Any]](list),
            defaultdict[UUID, list[Any]](list),
        )
        for revision in self.session.execute(
            select(*_REVISION.c)
            .where(Revision.comment_id.in_(ids))
            .order_by(Revision.comment_id, Revision.revision)
        ):
            revisions[revision.comment_id].append(revision)
        for decision in self.session.execute(
            select(*_DECISION.c)
            .where(Decision.comment_id.in_(ids))
            .order_by(Decision.comment_id, Decision.comment_version, Decision.id)
        ):
            decisions[decision.comment_id].append(decision)
        return _About(revisions, decisions, attached.lines_of(self.session, ids))

    def lines_of(self, whole: "_Whole") -> Iterator[Line]:
        """Yield the line of a comment and those about it."""
        comment, about = whole.comment, whole.about
        of_it = about.attached.get(comment.id, [])
        votes = attached.counted(of_it)
        up, down = attached.totals(comment)
        yield {
            "type": "comment",
            "id": comment.id,
            "post": whole.post,
            "parent": comment.parent_id,
            "status": comment.status,
            "author": self._people.author(comment, self.site),
            "text": comment.text,
            **_html(comment),
            "revision": comment.revision,
            "version": comment.version,
            "created_at": comment.created_at,
            "edited_at": comment.edited_at,
            "decided_at": comment.decided_at,
            "escalated_at": comment.escalated_at,
            "featured_at": comment.featured_at,
            "redacted_at": comment.redacted_at,
            "verdict": comment.verdict_id,
            "reasons": [code for code in comment.reasons.split("|") if code],
            "score": comment.score,
            "priority_at": comment.priority_at,
            "votes": {"up": up, "down": down},
            "uncounted_votes": {"up": max(0, up - votes[0]), "down": max(0, down - votes[1])},
        }
        for revision in about.revisions[comment.id]:
            yield {
                "type": "revision",
                "comment": comment.id,
                "revision": revision.revision,
                "text": revision.text,
                **_html(revision),
                "replaced_at": revision.replaced_at,
            }
        for decision in about.decisions[comment.id]:
            yield _decision_line(decision)
        yield from of_it

    # Authors

    def _author_rows(self) -> list[Any]:
        """Return the standings, notes and bans; the comments' lines show whom they are about.

        They are the work of moderators, so they are few beside the comments.
        """
        rows: list[Any] = []
        for model in (AuthorStanding, AuthorNote, Ban):
            rows += self.session.scalars(select(model).where(model.site_id == self.site.id))
        self._people.wanted = dict.fromkeys((row.author_key for row in rows), None)
        self.session.expunge_all()
        return rows

    def _about_authors(self, rows: Sequence[Any]) -> Iterator[Line]:
        lines = [_author_line(row, self._people.reference(row.author_key)) for row in rows]
        order = {"standing": 0, "note": 1, "ban": 2}
        lines.sort(key=lambda line: (order[line["type"]], encoded(line)))
        yield from lines

    def _links(self) -> Iterator[Line]:
        rows = self.session.execute(
            select(LinkHost.host, LinkHost.spam, LinkHost.fine).where(
                LinkHost.site_id == self.site.id
            )
        ).all()
        for row in sorted(rows, key=lambda row: str(row.host)):
            yield {"type": "link", "host": row.host, "spam": row.spam, "fine": row.fine}


def _ordered(value: Any) -> Any:
    """Return JSON with its keys in order: PostgreSQL stores them in another one than SQLite."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(each) for each in value] if isinstance(value, list) else value


def encoded(line: Line) -> bytes:
    """Return a line as JSON, the same bytes for the same values."""
    return orjson.dumps(line, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)


@dataclass(frozen=True, slots=True)
class _About:
    """The lines about a page of comments."""

    revisions: dict[UUID, list[Any]]
    decisions: dict[UUID, list[Any]]
    attached: dict[UUID, list[Line]]


@dataclass(frozen=True, slots=True)
class _Whole:
    """A comment with its post and all that is about it."""

    #: The row with the columns of comments.
    comment: Any
    post: str
    title: str | None
    url: str | None
    about: _About


_POST_COLUMNS = (
    Post.title,
    Post.url,
    Post.state,
    Post.announced,
    Post.rules,
    Post.published_at,
    Post.event_at,
    Post.created_at,
)


def _html(row: Any) -> Line:
    """Return the HTML of a text unless it is what our Markdown gives."""
    return {} if row.html == render(row.text) else {"html": row.html}


def _decision_line(decision: Any) -> Line:
    return {
        "type": "decision",
        "id": decision.id,
        "comment": decision.comment_id,
        "revision": decision.revision,
        "version": decision.comment_version,
        "actor": decision.actor,
        "actor_name": decision.actor_name,
        "outcome": decision.outcome,
        "previous_status": decision.previous_status,
        "status": decision.status,
        "reason": decision.reason,
        "note": decision.note,
        "causes": _ordered(decision.causes),
        "scores": _ordered(decision.scores),
        "versions": _ordered(decision.versions),
        "policy": decision.policy,
        "undoes": decision.undoes,
        "batch": decision.batch_id,
        "created_at": decision.created_at,
    }


def _author_line(row: Any, author: Line) -> Line:
    if isinstance(row, AuthorStanding):
        set = {"standing": row.standing, "set_by": row.set_by, "set_at": row.set_at}
        return {"type": "standing", "author": author, **set}
    if isinstance(row, AuthorNote):
        return {
            "type": "note",
            "id": row.id,
            "author": author,
            "text": row.text,
            "written_by": row.written_by,
            "created_at": row.created_at,
        }
    ban = {"reason": row.reason, "until": row.until, "created_at": row.created_at}
    return {"type": "ban", "author": author, **ban}
