"""Visible comments, counts and records stay consistent after any actions in any order."""

import shutil
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from sqlalchemy import func, select

from moderation import create_app
from moderation.domain.actors import By
from moderation.domain.errors import AlreadyDecided, Conflict, EditWindowOver
from moderation.domain.status import Actor, Outcome
from moderation.services.comments import ledger, own_comments, threads
from moderation.services.comments.requests import ParentUnavailable, Sender, Submission
from moderation.services.comments.submission import submit
from moderation.services.review import decisions
from moderation.services.sites import changes, registry
from moderation.services.sites import removal as site_removal
from moderation.storage.models.base import new_id
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import AuditEntry, Decision
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.posts import Post
from moderation.web.database import db
from moderation.web.state import app_state
from tests.conftest import make_settings

FOUL = "What a fucking mess"
_posts = count(1)
PEOPLE = (By(Actor.MODERATOR, "mia"), By(Actor.MODERATOR, "ben"))
OUTCOMES = {
    Outcome.APPROVE: "approved",
    Outcome.REJECT: "rejected",
    Outcome.SPAM: "spam",
}


REMOVALS = {
    "approved": None,
    "deleted": "author",
    "rejected": "moderator",
    "spam": "moderator",
    "held": "review",
}


class Model:
    """The expected state of a comment, kept by the simplest rules there are."""

    def __init__(self, id: UUID, parent: UUID | None, status: str, token: str) -> None:
        self.id, self.parent, self.status, self.token = id, parent, status, token
        self.version = 1
        #: Decisions of moderators that can still be undone: id → (version after, status before).
        self.last: tuple[UUID, str] | None = None


def machine(app) -> type[RuleBasedStateMachine]:
    class Ledger(RuleBasedStateMachine):
        comments = Bundle("comments")

        def __init__(self) -> None:
            super().__init__()
            self.context = app.app_context()
            self.context.push()
            self.session = db.session()
            self.runtime = app_state(app).signing
            self.site = registry.find(self.session, "news")
            # It is part of the texts: a random one looks like a phone number now and then.
            self.post = f"post-{next(_posts)}"
            self.now = datetime.now(UTC)
            self.model: dict[UUID, Model] = {}
            self.step = 0

        def teardown(self) -> None:
            db.session.remove()
            self.context.pop()

        def text(self, foul: bool) -> str:
            self.step += 1
            self.now += timedelta(seconds=1)
            return f"{FOUL if foul else 'A kind word'}, {self.post} {self.step}."

        def why(self, id: UUID) -> list[str]:
            """The reasons on record, for a failure that does not come back."""
            of_it = select(Decision.reasons).where(Decision.comment_id == id)
            return list(map(str, self.session.scalars(of_it)))

        def changed(self, one: Model, status: str, *, undoable: UUID | None = None) -> None:
            one.last = (undoable, one.status) if undoable else None
            one.status, one.version = status, one.version + 1

        @rule(target=comments, foul=st.booleans())
        def comment(self, foul):
            return self.send(None, foul)

        @rule(target=comments, parent=comments, foul=st.booleans())
        def reply(self, parent, foul):
            return self.send(parent, foul)

        def send(self, parent, foul):
            try:
                receipt = submit(
                    self.session,
                    self.runtime,
                    self.site,
                    self.post,
                    Submission(self.text(foul), "Ada", parent_id=parent),
                    Sender("192.0.2.1"),
                    now=self.now,
                )
            except ParentUnavailable:
                assert not self.shown(parent)
                return parent
            assert parent is None or self.shown(parent)
            status = "held" if foul else "approved"
            id = receipt.comment.id
            assert receipt.status == status, self.why(id)
            self.model[id] = Model(id, parent, status, receipt.edit_token)
            return id

        @rule(
            id=comments,
            outcome=st.sampled_from(sorted(OUTCOMES)),
            by=st.sampled_from(PEOPLE),
            stale=st.integers(0, 2),
        )
        def decide(self, id, outcome, by, stale):
            one = self.model[id]
            version = one.version - stale
            try:
                decision = decisions.decide(
                    self.session, id, outcome, by, now=self.now, version=version
                )
            except AlreadyDecided:
                assert stale
                return
            except Conflict:
                assert one.status == "deleted"
                return
            if stale:
                # The very same decision again: nothing was written.
                assert stale == 1
                assert (decision.comment_version, decision.status) == (one.version, one.status)
                assert decision.actor_name == by.name
                return
            self.changed(one, OUTCOMES[outcome], undoable=decision.id)

        @precondition(lambda self: any(m.last for m in self.model.values()))
        @rule(data=st.data())
        def undo(self, data):
            one = data.draw(st.sampled_from([m for m in self.model.values() if m.last]))
            id, before = one.last
            undone = decisions.undo(self.session, id, PEOPLE[0], now=self.now)
            assert decisions.undo(self.session, id, PEOPLE[1], now=self.now).id == undone.id
            self.changed(one, before)

        @rule(id=comments, foul=st.booleans())
        def edit(self, id, foul):
            one = self.model[id]
            person = one.status in ("rejected", "spam") or self.session.scalar(
                select(Comment.decided_at).where(Comment.id == id, Comment.status != "approved")
            )
            self.session.rollback()
            try:
                receipt = own_comments.edit(
                    self.session, self.runtime, id, one.token, self.text(foul), now=self.now
                )
            except (LookupError, EditWindowOver, own_comments.CommentNotFound):
                assert one.status == "deleted"
                return
            assert one.status != "deleted"
            # A machine never brings back a comment that a person took down.
            expected = "held" if foul or person else "approved"
            assert receipt.status == expected
            self.changed(one, expected)

        @rule(id=comments)
        def withdraw(self, id):
            one = self.model[id]
            own_comments.delete(self.session, self.runtime, id, one.token, now=self.now)
            if one.status != "deleted":
                self.changed(one, "deleted")

        # Invariants

        def shown(self, id) -> bool:
            return self.model[id].status == "approved"

        def listed(self, id) -> bool:
            below = [m.id for m in self.model.values() if m.parent == id]
            return self.shown(id) or any(map(self.listed, below))

        @invariant()
        def readers_see_the_approved_in_their_places_and_counts_are_exact(self):
            def walk(comments):
                for comment in comments:
                    yield UUID(comment["id"]), comment["reply_count"], comment["removal"]
                    assert comment["deleted"] == (comment["removal"] is not None)
                    assert bool(comment["text"]) == (comment["removal"] is None)
                    if comment["reply_count"]:
                        found = threads.replies(self.session, comment["id"], limit=100)
                        yield from walk(found["comments"])

            page = threads.page(self.session, self.site, self.post, limit=100)
            seen = list(walk(page["comments"]))
            assert {id for id, _, _ in seen} == {id for id in self.model if self.listed(id)}
            assert len(seen) == len({id for id, _, _ in seen})
            assert page["post"]["count"] == sum(map(self.shown, self.model))
            for id, replies, removal in seen:
                assert removal == REMOVALS[self.model[id].status]
                assert replies == sum(
                    m.parent == id and self.listed(m.id) for m in self.model.values()
                )
            self.session.rollback()

        @invariant()
        def every_change_is_on_record_once(self):
            rows = self.session.execute(
                select(Comment.id, Comment.status, Comment.version, Comment.revision)
                .join(Post, Post.id == Comment.post_id)
                .where(Post.external_id == self.post)
            ).all()
            assert {(r.id, r.status, r.version) for r in rows} == {
                (m.id, m.status, m.version) for m in self.model.values()
            }
            versions = self.session.execute(
                select(Decision.comment_id, Decision.comment_version, Decision.status)
                .where(Decision.comment_id.in_(list(self.model)))
                .order_by(Decision.comment_id, Decision.comment_version)
            ).all()
            by_comment: dict[UUID, list[int]] = {}
            for row in versions:
                by_comment.setdefault(row.comment_id, []).append(row.comment_version)
            assert by_comment == {m.id: list(range(1, m.version + 1)) for m in self.model.values()}
            total = sum(m.version for m in self.model.values())
            subjects = [f"comment:{id}" for id in self.model]
            sent = select(func.count()).where(OutboxMessage.comment_id.in_(list(self.model)))
            edited = OutboxMessage.type == ledger.EDITED
            for statement in (
                sent.where(~edited),
                select(func.count()).where(AuditEntry.subject.in_(subjects)),
            ):
                assert self.session.scalar(statement) == total
            # A new text is an event of its own, before that of its status.
            assert self.session.scalar(sent.where(edited)) == sum(r.revision - 1 for r in rows)
            self.session.rollback()

    return Ledger


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_any_order_of_actions_keeps_what_is_shown_and_recorded(
    kind, sqlite_template, postgres_url, tmp_path
):
    if kind == "sqlite":
        shutil.copy(sqlite_template, tmp_path / "moderation.sqlite3")
        app = create_app(make_settings(data_dir=tmp_path))
    else:
        app = create_app(make_settings(database_url=postgres_url))
    with app.app_context():
        session = db.session()
        for site in session.scalars(select(registry.Site)).all():
            site_removal.remove(session, site, now=datetime.now(UTC))
        made, _ = changes.add(session, "news", title="", origins=[], now=datetime.now(UTC))
        # One author sends many comments that are nearly equal.
        changes.change(
            session, made, now=datetime.now(UTC), settings={"thresholds": {"flood": 1.01}}
        )
        db.session.remove()

    try:
        run_machine(
            machine(app),
            settings=settings(
                max_examples=12 if kind == "sqlite" else 6,
                stateful_step_count=25,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        with app.app_context():
            db.engine.dispose()


def test_the_top_of_a_chain_of_replies_however_deep_can_be_rejected_and_its_site_removed(
    app, client, make_comment, session, clock
):
    """SQLite follows at most 1,000 cascades into each other."""
    top = make_comment("The top of a very deep thread.")["comment"]["id"]
    first = session.get_one(Comment, UUID(top))
    columns = {c.key: getattr(first, c.key) for c in Comment.__table__.columns}
    parent, rows = first.id, []
    for _ in range(1_200):
        rows.append({**columns, "id": new_id(), "parent_id": parent, "reply_count": 1})
        parent = rows[-1]["id"]
    rows[-1]["reply_count"] = 0
    session.execute(Comment.__table__.insert(), rows)
    session.execute(Comment.__table__.update().where(Comment.id == first.id).values(reply_count=1))
    session.execute(Post.__table__.update().values(comment_count=1_201))
    session.commit()

    decisions.decide(session, first.id, Outcome.REJECT, PEOPLE[0], now=clock.now)
    hidden = client.get("/api/v1/sites/news/counts?post=story").get_json()
    site_removal.remove(session, registry.find(session, "news"), now=clock.now)

    assert hidden == {"counts": {"story": 1_200}}
    assert session.scalar(select(func.count()).select_from(Comment)) == 0
