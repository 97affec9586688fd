"""The second pass of an import of JSON lines: stores checked lines, each at most once.

A comment that the store has already is left alone, unless the file has a later state of it and
every decision about it here is in the file too: then it was changed there and not here.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from moderation.domain.actors import By
from moderation.domain.status import Status
from moderation.domain.votes import vote_columns
from moderation.storage.change_feed import bump_version
from moderation.storage.models.authors import AuthorNote, AuthorStanding, Ban
from moderation.storage.models.base import Base
from moderation.storage.models.comments import NEAR_BANDS, Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.posts import Post, PostRedirect
from moderation.storage.models.sites import LinkHost
from moderation.storage.upsert import insert_ignoring

from ..comments import erasure, facts, reported, restoring
from ..comments.markdown import render, sanitise
from ..review import featured
from ..signing import Signing
from .attached import APPEAL, REPORT, TYPES, VOTE, Attached
from .attached_rows import NEW_TYPES, NewRows, row_of
from .jsonl_file import Group, Line
from .jsonl_ids import Ids

#: Similar texts are counted for a day only, and their index is dear.
_COMPARED = timedelta(days=2)
_MODELS = {"standing": AuthorStanding, "note": AuthorNote, "ban": Ban}


class Store:
    """Writes into one site, in the caller's transaction."""

    def __init__(
        self, session: Session, runtime: Signing, site_id: int, ids: Ids, by: By, now: datetime
    ) -> None:
        self.session = session
        self._runtime, self._site_id, self._ids = runtime, site_id, ids
        self._by, self._now = by, now
        #: The comment of the last group was changed; further parts of it may follow.
        self._is_changed = False

    # Lines that stand alone

    def lines(self, lines: Sequence[Line]) -> Counter[str]:
        """Store posts, redirects, and what is about authors and links."""
        done: Counter[str] = Counter()
        posts = self._posts([line["post"] for line in lines if line["type"] == "redirect"])
        moved = self._moved([line["id"] for line in lines if line["type"] == "post"])
        for line in lines:
            kind, values = line["type"], {k: v for k, v in line.items() if k != "type"}
            if kind == "post":
                # One that was moved here since stays where it is.
                added = values["id"] not in moved and self._add_post(values)
            elif kind == "redirect":
                added = self._add_redirect(values, posts)
            elif kind == "link":
                added = self._insert(LinkHost, values)
            else:
                added = self._add_about_author(kind, values)
            done[f"{kind}s {'added' if added else 'unchanged'}"] += 1
        return done

    def _insert(self, model: type[Base], values: Line) -> bool:
        table: Any = model.__table__
        return insert_ignoring(self.session, table, site_id=self._site_id, **values)

    def _add_post(self, line: Line) -> bool:
        values = {**line, "external_id": line["id"], "url": line["url"] or None}
        del values["id"]
        counts = dict.fromkeys(("comment_count", "minute", "minute_count", "minute_before"), 0)
        return self._insert(Post, {**values, **counts, "version": 1})

    def _add_redirect(self, line: Line, posts: dict[str, int]) -> bool:
        taken = select(Post.id).where(Post.site_id == self._site_id, Post.external_id == line["id"])
        if line["post"] not in posts or self.session.scalar(taken) is not None:
            return False
        values = {"external_id": line["id"], "post_id": posts[line["post"]]}
        return self._insert(PostRedirect, {**values, "created_at": line["created_at"]})

    def _add_about_author(self, kind: str, line: Line) -> bool:
        author = line.pop("author")
        if "id" in author:
            key = self._runtime.author_key("id", author["id"])
        elif "email" in author:
            key = self._runtime.author_key("email", author["email"])
        else:
            key = author["key"]
        if kind == "note":
            line["id"] = self._ids.of(line["id"])
        return self._insert(_MODELS[kind], {**line, "author_key": key})

    # Comments

    def prepare(self, groups: Sequence[Group]) -> None:
        """Make the rows of comments that are not in the store; needs no transaction.

        Texts are rendered here, so that other writers do not wait for it.
        """
        ids = {self._ids.of(group.comment["id"]): group for group in groups}
        statement = select(Comment.id).where(Comment.id.in_(ids))
        known = set(self.session.scalars(statement))
        self.session.rollback()
        for id, group in ids.items():
            if id not in known and not group.is_continued:
                group.row = self._row(group.comment, id)

    def groups(self, groups: Sequence[Group]) -> Counter[str]:
        """Store comments with all that belongs to them, every parent before its replies."""
        done: Counter[str] = Counter()
        posts = self._posts([group.comment["post"] for group in groups])
        whole = [group for group in groups if not group.is_continued]
        ids = [self._ids.of(group.comment["id"]) for group in whole]
        known = self._known(ids)
        decided = restoring.known_decisions(self.session, known)
        new: dict[UUID, dict[str, Any]] = {}
        revisions: list[dict[str, Any]] = []
        decisions: list[dict[str, Any]] = []
        changed: set[UUID] = set()
        attached = NewRows(self._site_id)
        parents = self._parents(whole)
        for id, group in zip(ids, whole, strict=True):
            there = known.get(id)
            if there is None:
                post_id = posts[group.comment["post"]]
                parent = self._parent(group, post_id, parents, done)
                parents[id] = post_id
                row = group.row or self._row(group.comment, id)
                votes = attached.take(id, group)
                new[id] = {**row, "post_id": post_id, "parent_id": parent, **votes}
                done["comments added"] += 1
            elif self._is_newer(group, there, decided.get(id, set())):
                row = self._row(group.comment, id)
                self._forget_removed(there, row)
                restoring.replace_comment(self.session, there, _changes(row))
                self._bring_words(group)
                changed.add(id)
                done["comments changed"] += 1
            else:
                done["comments unchanged"] += 1
                continue
            revisions += [self._revision(id, each) for each in group.revisions]
            stored = decided.get(id, set())
            decisions += [d for d in self._decisions(id, group) if d["id"] not in stored]
        restoring.insert_comments(self.session, list(new.values()))
        restoring.insert_history(self.session, revisions, decisions, self._by, self._now)
        done += attached.insert(self.session)
        for group in groups:
            id = self._ids.of(group.comment["id"])
            if not group.is_continued:
                self._is_changed = id in changed
            rest = group.attached
            if id in new and not group.is_continued:
                rest = [line for line in rest if line["type"] not in NEW_TYPES]
            if rest:
                self._attach(id, rest, done)
        self._keep_few_featured(new.values())
        return done

    def _forget_removed(self, there: Comment, row: dict[str, Any]) -> None:
        """Remove what was erased in the other store from every table of this one."""
        is_deleted = row["status"] == Status.DELETED
        if is_deleted or row["redacted_at"] != there.redacted_at:
            erasure.forget_examples(self.session, [there.id])
        if is_deleted:
            erasure.forget_traces(self.session, [there.id])
            gone = {**vote_columns(0, 0), "address_key": None, "block_key": None}
            self.session.execute(update(Comment).where(Comment.id == there.id).values(gone))

    def _bring_words(self, group: Group) -> None:
        """Replace what earlier decisions quote, which was erased or redacted there."""
        for line in group.decisions:
            self.session.execute(
                update(Decision)
                .where(Decision.id == self._ids.of(line["id"]))
                .values(note=line["note"], causes=line["causes"])
            )

    def _posts(self, names: Iterable[str]) -> dict[str, int]:
        """Lock posts by their ids; one that was moved here since is found by its earlier id."""
        wanted = set(names)
        if not wanted:
            return {}
        moved = self._moved(wanted)
        statement = (
            select(Post.id, Post.external_id)
            .where(Post.site_id == self._site_id)
            .order_by(Post.id)
            .with_for_update()
        )
        is_wanted: ColumnElement[bool] = Post.external_id.in_(wanted)
        if moved:
            is_wanted = or_(is_wanted, Post.id.in_(list(moved.values())))
        rows = self.session.execute(statement.where(is_wanted))
        return moved | {external_id: id for id, external_id in rows}

    def _moved(self, names: Collection[str]) -> dict[str, int]:
        """Return the posts that had these ids before they were moved here."""
        rows = self.session.execute(
            select(PostRedirect.external_id, PostRedirect.post_id).where(
                PostRedirect.site_id == self._site_id, PostRedirect.external_id.in_(names)
            )
        )
        return {row.external_id: row.post_id for row in rows}

    def _known(self, ids: Sequence[UUID]) -> dict[UUID, Comment]:
        rows = self.session.scalars(
            select(Comment)
            .where(Comment.id.in_(ids))
            .order_by(Comment.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return {row.id: row for row in rows}

    def _parents(self, groups: Sequence[Group]) -> dict[UUID, int]:
        """Return the posts of the comments that are answered and are in the store."""
        wanted = [self._ids.of(g.comment["parent"]) for g in groups if g.comment["parent"]]
        rows = self.session.execute(
            select(Comment.id, Comment.post_id).where(Comment.id.in_(wanted))
        )
        return {row.id: row.post_id for row in rows}

    def _parent(
        self, group: Group, post_id: int, parents: dict[UUID, int], done: Counter[str]
    ) -> UUID | None:
        """Return the parent of a new comment; one that is nowhere leaves it at the top."""
        parent = self._ids.maybe(group.comment["parent"])
        if parent is not None and parents.get(parent) != post_id:
            done["replies without their parent"] += 1
            return None
        return parent

    def _is_newer(self, group: Group, there: Comment, decided: set[UUID]) -> bool:
        if group.comment["version"] <= there.version:
            return False
        return decided <= {self._ids.of(each["id"]) for each in group.decisions}

    def _row(self, line: Line, id: UUID) -> dict[str, Any]:
        """Return the columns of a comment but its post, its parent and its votes."""
        author, runtime = line["author"], self._runtime
        by_email = (author["email"] or "").casefold()
        keys = {
            None: None,
            "id": runtime.author_key("id", author["id"]) if author["id"] else None,
            "email": runtime.author_key("email", by_email) if by_email else None,
        }
        site_and_id = (str(self._site_id), author["id"] or "")
        if self._now - line["created_at"] < _COMPARED:
            derived = facts.text_columns(line["text"])
        else:
            not_compared = dict.fromkeys(("near_key", *NEAR_BANDS))
            derived = {"text_key": facts.text_key(line["text"]), **not_compared}
        is_shown, is_held = line["status"] == Status.APPROVED, line["status"] == Status.HELD
        return {
            "id": id,
            "site_id": self._site_id,
            "status": line["status"],
            "author_name": author["name"],
            "author_email": author["email"],
            "author_website": author["website"] or None,
            "author_id": author["id"],
            "author_key": keys.get(author["key"], author["key"]),
            "email_key": keys.get(author["email_key"], author["email_key"]),
            # Hashes of addresses are kept for a while only, and are not exported.
            "address_key": None,
            "block_key": None,
            "staff": author["staff"],
            "verified": author["verified"],
            "avatar": runtime.author_key("avatar", *site_and_id)
            if author["avatar"] == "id"
            else author["avatar"],
            "text": line["text"],
            "html": _html(line),
            **derived,
            **{name: line[name] for name in _SAME},
            "escalated_at": line["escalated_at"] if is_held else None,
            "featured_at": line["featured_at"] if is_shown else None,
            "verdict_id": self._ids.maybe(line["verdict"]),
            "reasons": f"|{'|'.join(line['reasons'])}|" if line["reasons"] else "",
        }

    def _revision(self, id: UUID, line: Line) -> dict[str, Any]:
        return {
            "comment_id": id,
            "revision": line["revision"],
            "text": line["text"],
            "html": _html(line),
            "replaced_at": line["replaced_at"],
        }

    def _decisions(self, id: UUID, group: Group) -> list[dict[str, Any]]:
        return [
            {
                "id": self._ids.of(line["id"]),
                "site_id": self._site_id,
                "comment_id": id,
                "comment_version": line["version"],
                "moderator_id": None,
                "undoes": self._ids.maybe(line["undoes"]),
                "batch_id": self._ids.maybe(line["batch"]),
                **{name: line[name] for name in _OF_DECISION},
            }
            for line in group.decisions
        ]

    def _keep_few_featured(self, new: Iterable[dict[str, Any]]) -> None:
        for post_id in sorted({row["post_id"] for row in new if row["featured_at"]}):
            post = self.session.get_one(Post, post_id)
            featured.keep_newest(self.session, post, self._by, now=self._now)

    # What belongs to comments

    def _attach(self, id: UUID, lines: Sequence[Line], done: Counter[str]) -> None:
        up = down = reports = 0
        for line in lines:
            each = TYPES[line["type"]]
            if each.type == APPEAL and not self._has_decisions(line):
                # The comment was decided here since, and stays as it is: so do its decisions.
                done["appeals without their decision"] += 1
                continue
            values = row_of(each, line)
            for column in ("id", "decision_id", "new_decision_id"):
                if column in values:
                    values[column] = self._ids.maybe(values[column])
            row = {"comment_id": id, "site_id": self._site_id, **values, **each.fixed}
            added = insert_ignoring(self.session, each.table, **row)
            changed = not added and self._answer(each, values)
            done[f"{each.type}s {'added' if added else 'changed' if changed else 'unchanged'}"] += 1
            reports += each.type == REPORT and (added or changed)
            if added and each.type == VOTE:
                up, down = up + (line["value"] > 0), down + (line["value"] < 0)
        if reports:
            # Those without an answer wait here as they did there.
            reported.queue(self.session, id)
        if up or down:
            comment = self.session.get_one(Comment, id, populate_existing=True)
            counted = vote_columns(comment.votes_up + up, comment.votes_down + down)
            self.session.execute(update(Comment).where(Comment.id == id).values(counted))
            bump_version(self.session, comment.post_id)

    def _has_decisions(self, line: Line) -> bool:
        named = {self._ids.of(line[key]) for key in ("decision", "new_decision") if line[key]}
        stored = select(func.count()).where(Decision.id.in_(named))
        return self.session.scalar(stored) == len(named)

    def _answer(self, each: Attached, values: dict[str, Any]) -> bool:
        """Bring a report or an appeal of a comment that changed there to its state there."""
        if "id" not in values or not self._is_changed:
            return False
        table = each.table
        same = (table.c.id == values["id"], table.c.site_id == self._site_id)
        self.session.execute(update(table).where(*same).values(**values))
        return True


#: Columns of comments and decisions that a line has under the same names.
_SAME = (
    *("revision", "version", "created_at", "edited_at", "decided_at", "redacted_at", "score"),
    "priority_at",
)
_OF_DECISION = (
    *("revision", "actor", "actor_name", "outcome", "previous_status", "status", "reason", "note"),
    *("causes", "scores", "versions", "policy", "created_at"),
)
#: Columns that stay when a later state of a comment arrives.
_KEPT = frozenset(
    {"id", "site_id", "post_id", "parent_id", "address_key", "block_key"}
    | {"votes_up", "votes_down", "top_rank", "controversy"}
)


def _changes(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _KEPT}


def _html(line: Line) -> str:
    given = line.get("html")
    return render(line["text"]) if given is None else sanitise(given)
