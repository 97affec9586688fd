"""Comments of foreign platforms: in the queue, and nowhere that readers can see."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import delete, func, select, update

from moderation.domain.errors import Conflict
from moderation.domain.status import Outcome
from moderation.services.accounts import authentication
from moderation.services.compat import foreign, retention
from moderation.services.notifications import mails
from moderation.services.operations.integrity import verify
from moderation.services.review import staff_replies
from moderation.services.sites import registry, removal
from moderation.services.webhooks.delivery import Answer, deliver_due
from moderation.storage.models.accounts import Moderator
from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import Decision
from moderation.storage.models.foreign import ForeignComment
from moderation.storage.models.jobs import Mail, OutboxMessage
from moderation.storage.models.posts import Post
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact
from moderation.web.state import app_state
from tests.rows import rows_of
from tests.working import turn

from .conftest import WAITING

CANARY = re.compile(rb"cnryforeign[a-z]+")
REVIEW = "/api/v1/review"


def decide(client, reviewing, id, outcome, **fields):
    return client.post(
        f"{REVIEW}/comments/{id}/decisions", json={"outcome": outcome, **fields}, headers=reviewing
    )


def external_id(session) -> str:
    return session.scalars(select(Post.external_id).where(Post.origin.is_not(None))).one()


def public_bytes(client, post: str, comment_id) -> bytes:
    """Every public address that could name the comment, its post or its site."""
    paths = [
        f"/api/v1/sites/news/posts/{post}/comments",
        f"/api/v1/sites/news/posts/{post}/comments?sort=oldest&limit=100",
        f"/api/v1/sites/news/counts?post={post}",
        f"/api/v1/comments/{comment_id}",
        f"/api/v1/comments/{comment_id}/replies",
        f"/api/v1/comments/{comment_id}/context",
        "/feeds/news",
        f"/feeds/news/{post}",
        f"/embed/news/{post}",
        f"/embed/news/{post}?comment={comment_id}",
    ]
    paths += [
        rule.rule
        for rule in client.application.url_map.iter_rules()
        if "GET" in rule.methods and not rule.arguments
    ]
    answers = [client.get(path) for path in paths]
    # Once more: ready-made bytes are served the second time.
    answers += [client.get(path) for path in paths]
    return b"".join(str(each.headers).encode() + each.data for each in answers)


@pytest.mark.parametrize("outcome", [None, "approve", "reject", "spam"])
def test_no_public_byte_has_anything_of_a_foreign_comment(
    client, hold, session, reviewing, outcome
):
    held = hold()
    if outcome:
        assert decide(client, reviewing, held, outcome).status_code == 201
    post = external_id(session)

    everything = public_bytes(client, post, held)

    assert CANARY.findall(everything) == []
    counted = client.get(f"/api/v1/sites/news/counts?post={post}").get_json()
    assert counted == {"counts": {post: 0}}


def test_an_approved_foreign_comment_is_not_listed_and_the_store_is_sound(
    client, hold, session, reviewing, clock
):
    held = hold()
    decide(client, reviewing, held, "approve")

    comment = session.get_one(Comment, held)

    assert (comment.status, comment.listing) == ("approved", "hidden")
    assert session.get_one(Post, comment.post_id).comment_count == 0
    assert [f for f in verify(session, now=clock.now) if f.wrong] == []


def test_readers_cannot_comment_on_the_page_of_a_foreign_comment(client, hold, session):
    hold()
    post = external_id(session)

    answer = client.post(
        f"/api/v1/sites/news/posts/{post}/comments",
        json={"author": {"name": "Bo"}, "text": "I was here."},
    )

    assert (answer.status_code, answer.get_json()["code"]) == (409, "post_closed")
    assert session.scalar(select(func.count()).select_from(Comment)) == 1


def test_a_post_of_the_site_is_never_taken_for_the_page_of_a_foreign_comment(
    client, hold, session, reviewing, site, clock
):
    first = hold()
    taken = external_id(session)
    session.execute(delete(Comment))
    session.execute(update(Post).values(origin=None, state="open", title=None, url=None))
    session.commit()

    second = hold(text="A pear tree, cnryforeigntext.")
    decide(client, reviewing, second, "approve")

    assert first != second
    assert external_id(session) != taken
    assert CANARY.findall(public_bytes(client, taken, second)) == []
    assert external_id(session).startswith(taken)


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("post.published", {}),
        ("post.updated", {"new_id": "public"}),
        ("post.reopened", {}),
        ("post.deleted", {}),
    ],
)
def test_events_of_the_site_do_not_reach_the_page_of_a_foreign_comment(
    client, hold, session, signed_event, event, data
):
    hold()
    post = external_id(session)

    assert signed_event(event, {"post": post, **data}).status_code == 404
    assert signed_event("post.updated", {"post": "story", "new_id": post}).status_code == 404

    session.rollback()
    assert external_id(session) == post


def test_moderators_see_the_author_and_the_source_in_the_queue(client, hold, reviewing, session):
    held = hold()

    item = client.get(f"{REVIEW}/queue", headers=reviewing).get_json()["items"][0]

    comment = item["comment"]
    assert comment["id"] == str(held)
    assert comment["author"]["name"] == WAITING.author_name
    assert comment["author"]["email"] == WAITING.author_email
    assert comment["author"]["website"] == WAITING.author_website
    assert comment["source"] == {
        "platform": "akismet",
        "url": WAITING.place_url,
        "details": WAITING.details,
        "awaits_verdict": True,
    }
    assert item["because"]


def test_a_comment_of_our_own_has_no_source(client, make_comment, reviewing):
    made = make_comment("You are a damn fool.")["comment"]["id"]

    item = client.get(f"{REVIEW}/comments/{made}", headers=reviewing).get_json()

    assert item["comment"]["source"] is None


def test_a_foreign_comment_is_found_by_words_and_by_its_page(client, hold, reviewing, session):
    held = str(hold())
    post = external_id(session)

    for query in ("q=cnryforeigntext", f"post={post}", "q=cnryforeignname"):
        items = client.get(f"{REVIEW}/queue?{query}", headers=reviewing).get_json()["items"]
        assert [item["comment"]["id"] for item in items] == [held], query


def test_claim_decide_and_undo_work_as_for_any_comment(client, hold, reviewing):
    held = hold()

    taken = client.post(f"{REVIEW}/next", json={}, headers=reviewing)
    assert taken.get_json()["item"]["comment"]["id"] == str(held)
    decision = decide(client, reviewing, held, "spam").get_json()
    assert decision["status"] == "spam"
    undone = client.delete(f"{REVIEW}/decisions/{decision['id']}", headers=reviewing)

    assert undone.get_json()["status"] == "held"


def test_actions_that_make_no_sense_are_refused_clearly(client, hold, reviewing):
    held = hold()
    decide(client, reviewing, held, "approve")

    feature = client.put(f"{REVIEW}/comments/{held}/featured", headers=reviewing)
    redact = client.post(
        f"{REVIEW}/comments/{held}/redact",
        json={"version": 2, "spans": [[0, 3]]},
        headers=reviewing,
    )

    for answer in (feature, redact):
        assert answer.status_code == 409, answer.get_json()
        assert "another platform" in answer.get_json()["detail"]


def test_a_foreign_comment_cannot_be_answered(app, hold, session, moderator, clock):
    held = hold()
    cookie = authentication.log_in(session, **moderator, now=clock.now)
    reviewer, _ = authentication.reviewer_of_session(session, cookie, now=clock.now)
    named = replace(reviewer, display_name="Mia")

    with pytest.raises(Conflict, match="another platform"):
        staff_replies.reply(
            session, app_state(app).signing, named, held, "Hello.", key="", now=clock.now
        )


def test_banning_an_author_of_another_platform_counts_for_the_next_check(
    client, hold, reviewing, session
):
    held = hold()
    key = session.get_one(Comment, held).author_key

    answer = client.put(
        f"{REVIEW}/sites/news/authors/{key}/ban", json={"reason": "Enough."}, headers=reviewing
    )

    assert answer.status_code in (200, 201, 204), answer.get_json()


# Repeated questions


def test_the_same_comment_checked_again_is_one_item_with_both_guids(hold, session):
    first, second = hold(), hold(guid="guid-2")

    assert first == second
    assert session.get_one(ForeignComment, first).guids == ["guid-1", "guid-2"]


def test_an_edited_comment_is_another_item(hold):
    assert hold() != hold(text="Another text.")


def test_the_oldest_guids_of_a_comment_are_forgotten(hold, session):
    for number in range(30):
        held = hold(guid=f"guid-{number}")

    assert session.get_one(ForeignComment, held).guids == [f"guid-{n}" for n in range(22, 30)]


def test_hostile_values_are_stored_as_far_as_they_can_be(hold, session):
    held = hold(
        text="Nul \0 and half \ud83d pair" + "x" * 50_000,
        author_name="\u202eevil\0" + "n" * 500,
        author_email="e" * 999,
        author_website="https://x.example/\n" + "w" * 9000,
        place_url="https://blog.example/" + "p" * 9000,
        place_title="\0\ud83d",
        details={f"key{n}": "v" * 9000 for n in range(100)},
    )

    comment = session.get_one(Comment, held)
    assert len(comment.text) <= foreign.LONGEST_TEXT
    assert len(comment.author_name) <= 80
    assert "\0" not in comment.text + comment.author_name


# The site


def test_the_site_gets_no_webhook_unless_it_wants_them(
    client, hold, session, reviewing, change_site, clock
):
    change_site(webhook_url="https://news.example/hooks")
    sent = []
    decide(client, reviewing, hold(), "approve")
    deliver_due(session, lambda r: sent.append(r) or Answer(200), clock=clock)
    assert sent == []

    change_site(settings={"foreign_webhooks": True})
    decide(client, reviewing, hold(text="Another text."), "approve")
    # One message of a comment after the other.
    for _ in range(2):
        deliver_due(session, lambda r: sent.append(r) or Answer(200), clock=clock)

    assert len(sent) == 2
    assert b"Another text." in sent[0].body


@pytest.mark.parametrize("wanted", [False, True])
def test_moderators_get_mail_about_foreign_comments_only_where_the_site_wants_it(
    hold, session, moderator, change_site, clock, wanted
):
    change_site(settings={"foreign_mails": wanted})
    session.execute(
        update(Moderator).values(
            mail="now",
            email="mia@mail.example",
            email_confirmed_at=clock.now,
            mail_seen_at=clock.now,
        )
    )
    session.commit()
    clock.advance(seconds=20)
    hold()

    mails.queue_new(session, now=clock.now)

    assert len(session.scalars(select(Mail)).all()) == wanted


# Erasure and retention


def test_erasing_the_author_erases_what_the_platform_sent(hold, session, signed_event, site):
    hold()

    answer = signed_event("author.erased", {"author": {"email": WAITING.author_email}})

    assert answer.status_code == 200
    rows = repr(rows_of(session, site.id))
    left = set(re.findall("cnryforeign[a-z]+", rows))
    # The page is no part of the author.
    assert left <= {"cnryforeignpage", "cnryforeigntitle"}


def test_decided_foreign_comments_are_removed_after_the_sites_time(
    client, hold, session, reviewing, change_site, clock
):
    change_site(settings={"foreign_days": 3})
    decided, waiting = hold(callback=None), hold(text="It still waits.")
    decide(client, reviewing, decided, "spam")
    own = "The comments of the service stay."

    clock.advance(days=2, hours=23)
    assert retention.remove_decided(session, now=clock.now) == 0
    clock.advance(hours=2)
    assert retention.remove_decided(session, now=clock.now) == 1

    assert session.get(Comment, decided) is None
    assert session.get(Comment, waiting) is not None, own
    assert [f for f in verify(session, now=clock.now) if f.wrong] == []


def test_pages_without_comments_go_with_the_last_one(client, hold, session, reviewing, clock):
    decide(client, reviewing, hold(callback=None), "approve")
    clock.advance(days=31)

    retention.remove_decided(session, now=clock.now)

    assert session.scalars(select(Post).where(Post.origin.is_not(None))).all() == []


def test_comments_of_the_service_are_never_removed_by_that(
    client, make_comment, reviewing, session, clock
):
    made = make_comment()["comment"]["id"]
    decide(client, reviewing, made, "approve")
    clock.advance(days=4000)

    assert retention.remove_decided(session, now=clock.now) == 0
    assert session.scalars(select(Comment)).one()


def test_the_clean_up_job_removes_them(app, client, hold, session, reviewing, clock):
    decide(client, reviewing, hold(callback=None), "approve")
    clock.advance(days=31)

    turn(app, "one", send=lambda _: Answer(200), clock=clock)

    session.rollback()
    assert session.scalars(select(ForeignComment)).all() == []


def test_a_verdict_that_is_not_delivered_yet_keeps_its_comment(
    client, hold, session, reviewing, clock
):
    held = hold()
    decide(client, reviewing, held, "approve")
    clock.advance(days=31)

    assert retention.remove_decided(session, now=clock.now) == 0


# The platform's own moderators


def test_a_decision_of_the_platform_takes_the_comment_out_of_the_queue(hold, session, site, clock):
    held = hold()
    found = registry.find(session, "news")

    settled = transact(
        session,
        lambda: foreign.settle(session, found, WAITING.fingerprint, Outcome.SPAM, now=clock.now),
    )

    assert settled
    last = session.scalars(select(Decision).order_by(Decision.comment_version.desc())).first()
    assert (last.comment_id, last.actor, last.status) == (held, "site", "spam")
    assert session.scalars(select(OutboxMessage)).all() == []


def test_removing_the_site_removes_its_foreign_comments(hold, session, site, clock):
    hold()
    removal.remove(session, session.get_one(Site, site.id), now=clock.now, rest=lambda _: None)

    assert session.scalars(select(ForeignComment)).all() == []
    assert session.scalars(select(Post)).all() == []
