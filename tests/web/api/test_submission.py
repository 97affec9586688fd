"""Submitting: published, held or refused, answered honestly, and only once."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from moderation.storage.models.comments import Comment
from moderation.storage.models.decisions import AuditEntry, Decision
from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.posts import Post
from moderation.storage.models.requests import IdempotencyKey
from moderation.web.database import db
from moderation.web.state import app_state

THREAD = "/api/v1/sites/news/posts/story/comments"
FOUL = "What a load of fucking nonsense."
CLEAN = {"author": {"name": "Ada"}, "text": "A quiet and friendly remark."}


def how_many(session, table) -> int:
    # Requests have sessions of their own: this one's data is outdated.
    session.rollback()
    return session.scalar(select(func.count()).select_from(table))


# Answers


def test_a_clean_comment_is_published_with_201_and_an_edit_token(make_comment):
    made = make_comment()

    assert (made["http"], made["comment"]["status"]) == (201, "approved")
    assert set(made) == {"http", "comment", "edit_token"}


def test_a_doubtful_comment_is_held_with_202_and_not_shown(client, make_comment):
    made = make_comment(FOUL)

    assert (made["http"], made["comment"]["status"]) == (202, "held")
    assert made["edit_token"]
    assert client.get(THREAD).get_json()["comments"] == []


def test_a_refused_comment_gets_a_public_reason_and_nothing_else_and_is_kept(
    client, make_comment, change_site, session
):
    change_site(settings={"block_words": ["zeppelin"]})

    made = make_comment("Buy my zeppelin today.")

    assert (made["http"], made["code"], made["reason"]) == (
        422,
        "comment_rejected",
        "blocked_content",
    )
    assert made["id"] == made["comment"]["id"]
    # A token may well begin with an id that ends in 0.
    public = str({k: v for k, v in made.items() if k not in ("comment", "edit_token")}).lower()
    for secret in ("zeppelin", "score", "threshold", "0.", "block list", "profanity"):
        assert secret not in public
    kept = session.scalars(select(Comment)).one()
    assert (kept.status, kept.text) == ("rejected", "Buy my zeppelin today.")
    own = client.get(f"/api/v1/comments/{made['id']}", headers={"X-Edit-Token": made["edit_token"]})
    assert own.get_json()["status"] == "rejected"


def test_only_a_block_list_a_honeypot_and_a_ban_refuse(make_comment, change_site):
    change_site(
        settings={
            "block_words": ["zeppelin"],
            "suspect_words": ["dirigible"],
            "block_domains": ["cheap-offers.net"],
        }
    )

    outcomes = {
        "blocked word": make_comment("Buy my zeppelin today.")["http"],
        "blocked link": make_comment("See http://www.cheap-offers.net/today now.")["http"],
        "honeypot": make_comment("A trap was filled in.", form={"trap": "x"})["http"],
        "suspect word": make_comment("Buy my dirigible today.")["http"],
        "the worst of the built-in list": make_comment("nigger faggot cunt motherfucker")["http"],
        "the worst of spam": make_comment(
            "BUY VIAGRA CHEAP CASINO http://a.example http://b.example http://c.example "
            "http://d.example CLICK HERE NOW!!! MAKE MONEY FAST"
        )["http"],
    }

    assert outcomes == {
        "blocked word": 422,
        "blocked link": 422,
        "honeypot": 422,
        "suspect word": 202,
        "the worst of the built-in list": 202,
        "the worst of spam": 202,
    }


def test_every_change_has_one_decision_one_audit_entry_and_one_message(
    make_comment, change_site, session
):
    change_site(settings={"block_words": ["zeppelin"]})
    audited = how_many(session, AuditEntry)

    for text in ("A friendly remark.", FOUL, "Buy my zeppelin."):
        make_comment(text)

    assert how_many(session, Decision) == 3
    assert how_many(session, AuditEntry) == audited + 3
    messages = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert [m.type for m in messages] == [
        "comment.approved",
        "comment.held",
        "comment.rejected",
    ]
    assert all("text" not in str(e.detail) for e in session.scalars(select(AuditEntry)))


def test_a_comment_and_its_decision_come_together_or_not_at_all(make_app, site, session):
    """The outbox cannot take the message: then there is no comment either."""
    client = make_app().test_client()
    session.execute(db.text("ALTER TABLE outbox RENAME TO outbox_away"))
    session.commit()

    try:
        answer = client.post(THREAD, json=CLEAN)
    finally:
        session.execute(db.text("ALTER TABLE outbox_away RENAME TO outbox"))
        session.commit()

    assert answer.status_code == 500
    assert [how_many(session, t) for t in (Comment, Decision, Post)] == [0, 0, 0]


# Posts


def test_a_post_comes_to_be_with_its_first_comment(client, make_comment, session):
    client.get(THREAD)
    assert how_many(session, Post) == 0

    make_comment()

    session.rollback()
    assert session.scalars(select(Post.external_id)).all() == ["story"]


def test_a_site_may_take_comments_only_for_posts_that_it_announced(
    make_comment, change_site, signed_event
):
    change_site(settings={"announced_posts_only": True})

    unknown = make_comment()
    signed_event("post.published", {"post": "story"})
    announced = make_comment()

    assert (unknown["http"], unknown["code"]) == (404, "post_not_announced")
    assert announced["http"] == 201


@pytest.mark.parametrize(
    ("origin", "url", "believed"),
    [
        ("https://news.example", "https://news.example/story", True),
        ("https://news.example", "https://evil.example/story", False),
        ("https://evil.example", "https://news.example/story", False),
        ("", "https://news.example/story", False),
    ],
)
def test_a_posts_title_is_believed_only_from_the_sites_own_pages(client, origin, url, believed):
    client.post(
        THREAD,
        json={**CLEAN, "post": {"title": "A title", "url": url}},
        headers={"Origin": origin} if origin else {},
    )

    post = client.get(THREAD).get_json()["post"]
    assert (post["title"], post["url"]) == (("A title", url) if believed else (None, None))


def test_a_missing_an_unseen_and_a_foreign_parent_get_the_very_same_answer(make_comment):
    held = make_comment(FOUL)["comment"]["id"]
    elsewhere = make_comment("On another post.", post="other")["comment"]["id"]
    missing = "018f0000-0000-7000-8000-000000000000"

    answers = [
        make_comment("A reply to something.", parent_id=p) for p in (held, elsewhere, missing)
    ]

    assert answers[0] == answers[1] == answers[2]
    assert (answers[0]["http"], answers[0]["code"]) == (422, "comment_rejected")


def test_a_form_sent_faster_than_a_person_types_is_held(client, clock, make_comment):
    token = client.get("/api/v1/sites/news/posts/story/form").get_json()["token"]

    fast = make_comment("Sent at once, by a program.", form={"token": token})
    clock.advance(seconds=30)
    slow = make_comment("Sent after half a minute.", form={"token": token})
    forged = make_comment("With a token of my own.", form={"token": "1.2.3"})

    assert [c["http"] for c in (fast, slow, forged)] == [202, 201, 201]


# Repetition


def send(client, body=CLEAN, path=THREAD, key="key-1"):
    return client.post(path, json=body, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("text", ["A quiet remark.", FOUL, "Buy my zeppelin."])
def test_the_same_request_with_the_same_key_gets_the_first_answer(
    client, change_site, session, text
):
    change_site(settings={"block_words": ["zeppelin"]})

    first = send(client, {**CLEAN, "text": text})
    again = send(client, {**CLEAN, "text": text}, key='"key-1"')

    assert again.status_code == first.status_code
    assert again.get_json() == first.get_json()
    assert how_many(session, Comment) == 1


def test_another_body_or_another_post_under_the_same_key_is_refused(client, session):
    send(client)

    body = send(client, {**CLEAN, "text": "Another remark."})
    post = send(client, path=THREAD.replace("story", "other"))

    for answer in (body, post):
        assert answer.status_code == 422
        assert answer.get_json()["code"] == "idempotency_key_reused"
    assert how_many(session, Comment) == 1


def test_another_key_is_another_comment(client, session):
    send(client)
    send(client, key="key-2")

    assert how_many(session, Comment) == 2


def test_a_repetition_after_the_author_withdrew_it_brings_nothing_back(client):
    first = send(client).get_json()
    client.delete(
        f"/api/v1/comments/{first['comment']['id']}",
        headers={"X-Edit-Token": first["edit_token"]},
    )

    again = send(client)

    assert again.status_code == 201
    assert again.get_json()["comment"]["text"] == ""
    assert client.get(THREAD).get_json()["comments"] == []


def together(count, work):
    """Run `work(i)` in threads that all begin at once; return the results."""
    start, results = threading.Barrier(count), [None] * count

    def run(i):
        start.wait()
        results[i] = work(i)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("path", [THREAD, "/api/v1/sites/news/posts/fresh/comments"])
def test_twins_that_arrive_at_once_become_one_comment(make_app, site, session, path):
    app = make_app(threads=8)
    make_app().test_client().post(THREAD, json={**CLEAN, "text": "The first of them all."})
    before = how_many(session, Comment)
    session.commit()

    answers = together(6, lambda i: send(app.test_client(), path=path))

    assert {a.status_code for a in answers} == {201}
    assert len({a.get_json()["comment"]["id"] for a in answers}) == 1
    assert how_many(session, Comment) == before + 1


def test_twins_on_different_posts_are_one_comment_and_refusals_never_500(make_app, site, session):
    app = make_app(threads=8)

    answers = together(
        6, lambda i: send(app.test_client(), path=THREAD.replace("story", f"post-{i}"))
    )

    assert sorted(a.status_code for a in answers) == [201, 422, 422, 422, 422, 422]
    assert how_many(session, Comment) == how_many(session, IdempotencyKey) == 1


def test_comments_that_arrive_at_once_are_all_counted(make_app, site, session):
    app = make_app(threads=8)

    def post_some(i):
        client = app.test_client()
        body = {"author": {"name": f"N{i}"}, "text": f"The remark of number {i}, of its own."}
        top = client.post(THREAD, json=body).get_json()["comment"]["id"]
        reply = {**body, "text": f"A reply of number {i} to itself.", "parent_id": top}
        return client.post(THREAD, json=reply).status_code

    assert set(together(6, post_some)) == {201}
    assert session.scalar(select(Post.comment_count)) == 12


def test_a_key_is_forgotten_after_a_day(client, session, clock, app):
    from moderation.services.operations.cleanup import clean_up

    send(client)
    clock.advance(hours=25)
    clean_up(session, app_state(app).settings, now=clock.now + timedelta(0))

    again = send(client, {**CLEAN, "text": "Another remark, a day later."})

    assert again.status_code == 201


# Limits


def test_a_flood_from_one_address_is_429_with_the_time_to_wait(make_app, site):
    client = make_app(ratelimit_enabled=True, ratelimit_submit="3 per minute").test_client()

    answers = [client.post(THREAD, json={}) for _ in range(4)]
    preflight = client.options(THREAD, headers={"Origin": "https://news.example"})
    reading = client.get(THREAD)
    other = client.post(THREAD, json=CLEAN, environ_base={"REMOTE_ADDR": "198.51.100.9"})

    assert [a.status_code for a in answers] == [422, 422, 422, 429]
    refused = answers[-1]
    assert refused.mimetype == "application/problem+json"
    assert refused.get_json()["code"] == "rate_limited"
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert (preflight.status_code, reading.status_code, other.status_code) == (200, 200, 201)


def test_asking_whether_one_may_post_does_not_count_as_posting(make_app, site):
    client = make_app(ratelimit_enabled=True, ratelimit_submit="2 per minute").test_client()

    for _ in range(5):
        client.options(THREAD, headers={"Origin": "https://news.example"})

    assert client.post(THREAD, json=CLEAN).status_code == 201


def test_a_dead_counter_store_does_not_stop_comments(make_app, site):
    client = make_app(
        ratelimit_enabled=True, ratelimit_storage_url="redis://127.0.0.1:1/0"
    ).test_client()

    assert client.post(THREAD, json=CLEAN).status_code == 201
