"""Any interleaving of three actors' actions at the desk keeps the invariants.

Hypothesis draws the steps; behind each of them the whole store is compared with the rules that must
hold after any actions and refusals.
"""

from datetime import timedelta
from itertools import count

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from moderation.domain.errors import ModerationError
from moderation.domain.roles import Reach, Role
from moderation.domain.status import Listing, Outcome, Status
from moderation.services.accounts import authentication
from moderation.services.comments import ledger, own_comments, submission, threads
from moderation.services.comments.requests import Sender, Submission
from moderation.services.review import authors, claims, queues, redaction
from moderation.services.review import decisions as review
from moderation.services.review.queues import QueueQuery
from moderation.services.sites import changes, registry
from moderation.services.webhooks import incoming
from moderation.services.webhooks.incoming import SiteEvent
from moderation.storage import full_text
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import AuditEntry, Decision
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.posts import Post
from moderation.web.database import db
from moderation.web.responses import json_bytes
from moderation.web.state import app_state
from tests.conftest import Clock

AUTHORS = ("ann@example.org", "ben@example.org")
#: Texts by the filters' findings; the number makes each text a canary of its own.
TEXTS = ("A calm remark, canary{}.", "Such bullshit, canary{}.", "Call +44 7700 900123, canary{}.")
_sites = count(1)

actors = st.integers(0, 2)
texts = st.sampled_from(TEXTS)


class Desk(RuleBasedStateMachine):
    comments = Bundle("comments")
    decisions = Bundle("decisions")

    def __init__(self, app: Flask, clock: Clock) -> None:
        super().__init__()
        self.app, self.clock = app, clock
        self.context = app.app_context()
        self.context.push()
        self.session = db.session()
        self.runtime = app_state(app).signing
        #: Comment → author; canary → comment; versions and claims as they were left.
        self.versions: dict = {}
        self.tokens: dict = {}
        self.claims: dict = {}
        self.numbers = count(1)

    def teardown(self) -> None:
        db.session.remove()
        self.context.pop()

    @initialize()
    def begin(self) -> None:
        name = f"machine{next(_sites)}"
        now = self.clock.now
        self.site, _ = changes.add(self.session, name, title="", origins=[], now=now)
        self.session.rollback()
        self.site = registry.find(self.session, name)
        self.people = [
            authentication.Reviewer(
                f"{name}-{role}-{n}", frozenset({"review"}), reach=Reach(Role(role))
            )
            for n, role in enumerate(("moderator", "moderator", "senior"))
        ]

    def tried(self, act, *args, **kwargs):
        """Do something that may be refused; refused, it has changed nothing."""
        try:
            return act(self.session, *args, now=self.clock.now, **kwargs)
        except ModerationError:
            self.session.rollback()
            return None

    # Actions of commenters

    @rule(target=comments, author=st.sampled_from(AUTHORS), text=texts)
    def submit(self, author: str, text: str):
        if len(self.versions) >= 6:
            return multiple()
        written = Submission(
            text.format(f"q{next(self.numbers)}q"), author_name="A", author_email=author
        )
        made = self.tried(
            lambda session, now: submission.submit(
                session, self.runtime, self.site, "story", written, Sender(), now=now
            )
        )
        if made is None:
            return multiple()
        id = made.comment.id
        self.tokens[id] = made.edit_token
        self.versions[id] = 0
        return id

    @rule(comment=comments, text=texts)
    def edit(self, comment, text: str) -> None:
        written = text.format(f"q{next(self.numbers)}q")
        self.tried(
            lambda session, now: own_comments.edit(
                session, self.runtime, comment, self.tokens[comment], written, now=now
            )
        )

    @rule(comment=consumes(comments))
    def withdraw(self, comment) -> None:
        self.tried(
            lambda session, now: own_comments.delete(
                session, self.runtime, comment, self.tokens[comment], now=now
            )
        )

    # Actions of moderators

    @rule(comment=comments, actor=actors, steal=st.booleans())
    def claim(self, comment, actor: int, steal: bool) -> None:
        who = self.people[actor]
        note = "needed" if steal else ""
        holder, senior = self.held_by(comment), who.may(self.site.id, Role.SENIOR)
        refused = not senior and (steal or self.is_escalated(comment))
        taken = self.tried(claims.take, comment, who, steal=steal, note=note)
        free = holder in (None, who.name)
        assert (taken is not None) is (not refused and (free or steal))
        if taken is not None:
            self.claims[comment] = (who.name, taken["expires_at"])

    @rule(actor=actors)
    def next(self, actor: int) -> None:
        query = QueueQuery(site_ids=(self.site.id,))
        got = self.tried(queues.next_item, query, self.people[actor])
        if got is not None:
            id = got["item"]["comment"]["id"]
            assert self.held_by(id) is None, "handed out while somebody else had it"
            assert got["item"]["comment"]["status"] == Status.HELD
            self.claims[id] = (self.people[actor].name, got["lease"]["expires_at"])

    @rule(comment=comments, actor=actors)
    def release(self, comment, actor: int) -> None:
        by = self.people[actor].by
        claims.release(self.session, comment, by, now=self.clock.now)
        if self.claims.get(comment, ("",))[0] == by.name:
            del self.claims[comment]

    @rule(
        target=decisions,
        comment=comments,
        actor=actors,
        outcome=st.sampled_from(review.CHOICES),
        stale=st.booleans(),
    )
    def decide(self, comment, actor: int, outcome: Outcome, stale: bool):
        by = self.people[actor].by
        version = self.versions[comment] - stale
        holder, escalated = self.bound_by(comment), self.is_escalated(comment)
        made = self.tried(review.decide, comment, outcome, by, version=version)
        if made is None:
            return multiple()
        if made.comment_version > self.versions[comment]:
            assert holder in (None, by.name), "decided while a colleague had it"
            assert not stale, "decided about a version that was not there any more"
            assert not escalated or by.reach.may(self.site.id, Role.SENIOR)
        return made.id

    @rule(decision=decisions, actor=actors)
    def undo(self, decision, actor: int) -> None:
        comment = self.session.get_one(Decision, decision).comment_id
        holder, by = self.bound_by(comment), self.people[actor].by
        made = self.tried(review.undo, decision, by)
        new = made is not None and made.comment_version > self.versions[comment]
        assert not new or holder in (None, by.name)

    @rule(comment=comments, actor=actors, begin=st.integers(0, 12), length=st.integers(1, 9))
    def redact(self, comment, actor: int, begin: int, length: int) -> None:
        by, holder = self.people[actor].by, self.bound_by(comment)
        made = self.tried(
            redaction.redact,
            comment,
            [(begin, begin + length)],
            by,
            version=self.versions[comment],
        )
        assert made is None or holder in (None, by.name)

    @rule(author=st.sampled_from(AUTHORS), actor=actors, waiting=st.booleans())
    def ban(self, author: str, actor: int, waiting: bool) -> None:
        key = self.runtime.author_key("email", author)
        by = self.people[actor].by
        self.tried(authors.ban, self.site, key, by, reject_waiting=waiting)

    @rule(author=st.sampled_from(AUTHORS))
    def unban(self, author: str) -> None:
        key = self.runtime.author_key("email", author)
        self.tried(authors.lift_ban, self.site, key, self.people[2].by)

    # Actions of the site, and time

    @rule(author=st.sampled_from(AUTHORS))
    def erase(self, author: str) -> None:
        event = SiteEvent(
            f"msg_{next(self.numbers)}",
            "author.erased",
            self.clock.now,
            {"author": {"email": author}},
        )
        incoming.apply(self.session, self.runtime, self.site, event, now=self.clock.now)

    @rule(minutes=st.sampled_from((1, 6, 11)))
    def wait(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    # Invariants

    def held_by(self, comment) -> str | None:
        """Return the holder of a comment in this machine's memory."""
        name, until = self.claims.get(comment, (None, None))
        return name if until is not None and until > self.clock.now else None

    def bound_by(self, comment) -> str | None:
        """Return the holder of a comment that waits: other claims block no decision."""
        self.session.rollback()
        held = self.session.get_one(Comment, comment).status == Status.HELD
        return self.held_by(comment) if held else None

    def is_escalated(self, comment) -> bool:
        self.session.rollback()
        found = self.session.get_one(Comment, comment)
        return found.status == Status.HELD and found.escalated_at is not None

    @invariant()
    def one_decision_for_every_change(self) -> None:
        self.session.rollback()
        self.session.expire_all()
        for id, before in self.versions.items():
            comment = self.session.get_one(Comment, id)
            made = self.session.scalars(
                select(Decision).where(Decision.comment_id == id).order_by(Decision.comment_version)
            ).all()
            assert [d.comment_version for d in made] == list(range(1, comment.version + 1))
            assert [d.previous_status for d in made[1:]] == [d.status for d in made[:-1]]
            assert made[-1].status == comment.status
            assert comment.version >= before, "a version went back"
            self.versions[id] = comment.version
            # A new text is an event of its own, beside the one of its status.
            of_change = (OutboxMessage.comment_id == id) & (OutboxMessage.type != ledger.EDITED)
            for model, wanted in (
                (AuditEntry, AuditEntry.subject == f"comment:{id}"),
                (OutboxMessage, of_change),
            ):
                rows = select(func.count()).select_from(model).where(wanted)
                if model is AuditEntry:
                    rows = rows.where(AuditEntry.action.like("comment.%"))
                assert self.session.scalar(rows) == comment.version

    @invariant()
    def held_is_unseen(self) -> None:
        page = json_bytes(threads.page(self.session, self.site, "story", limit=100)).decode()
        page += json_bytes(threads.latest(self.session, self.site)).decode()
        shown = 0
        for id in self.versions:
            comment = self.session.get_one(Comment, id)
            visible = comment.status == Status.APPROVED
            shown += visible
            assert (comment.listing == Listing.SHOWN) is visible
            assert (str(id) in page) is visible
            assert not comment.text or visible or comment.text not in page
        post = self.session.scalar(select(Post).where(Post.site_id == self.site.id))
        assert post is None or post.comment_count == shown

    @invariant()
    def no_claim_is_lost(self) -> None:
        self.session.rollback()
        self.session.expire_all()
        for id, before in self.versions.items():
            comment = self.session.get_one(Comment, id)
            last = select(Decision.outcome).where(Decision.comment_id == id)
            outcome = self.session.scalar(last.order_by(Decision.comment_version.desc()).limit(1))
            # Every change ends the claim, except one after which its holder goes on.
            if comment.version > before and outcome != Outcome.REDACT:
                self.claims.pop(id, None)
            claim = claims.current_claim(self.session, id, now=self.clock.now)
            assert (claim.holder_name if claim else None) == self.held_by(id)

    @invariant()
    def the_index_has_held_comments(self) -> None:
        for id in self.versions:
            comment = self.session.get_one(Comment, id)
            words = full_text.words_of(comment.text)
            if words:
                found = full_text.held_with_words(self.session, words) or []
                assert (id in found) is (comment.status == Status.HELD)

    @invariant()
    def erased_comments_are_gone(self) -> None:
        for id in self.versions:
            comment = self.session.get_one(Comment, id)
            if comment.status == Status.DELETED:
                assert (comment.text, comment.html, comment.author_name) == ("", "", "")


def test_no_interleaving_breaks_the_desk(make_app, clock, store):
    app = make_app(edit_window=timedelta(days=1).total_seconds())
    slow = "database_url" in store

    run_state_machine_as_test(
        lambda: Desk(app, clock),
        settings=settings(
            max_examples=12 if slow else 50,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
