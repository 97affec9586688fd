"""What asking for mail can cause, how it stops, and what is kept."""

import pytest
from sqlalchemy import select

from moderation.services.community import following
from moderation.services.operations.cleanup import clean_up
from moderation.storage.models.posts import Post
from moderation.storage.models.reader_mail import (
    ReaderAddress,
    ReaderAnswer,
    ReaderFollow,
    ReaderMail,
)
from moderation.web.state import app_state
from tests.conftest import one_store
from tests.web.mail.conftest import BO, FINE, RAE, count, stop_path


def test_a_digest_of_several_threads_stops_all_of_them(
    client, make_comment, confirm, work, session
):
    for post in ("one", "two"):
        client.post(f"/api/v1/sites/news/posts/{post}/follow", json={"email": BO})
        if post == "one":
            confirm()
    for post in ("one", "two"):
        make_comment(FINE, name="Cy", post=post)

    (message,) = work()
    client.post(stop_path(message), data={"List-Unsubscribe": "One-Click"})

    assert message["Subject"] == "New answers on The News"
    assert count(session, ReaderAddress) == 0


def test_the_page_stops_a_thread_or_everything_or_blocks_the_address(
    rae, client, make_comment, confirm, work, session
):
    confirm()
    make_comment(FINE, name="Bo", parent_id=rae["comment"]["id"])
    (message,) = work()
    path = stop_path(message)

    assert "Stop mail about" not in client.post(path, data={"do": "thread"}).text
    assert "No answers are mailed" in client.post(path, data={"do": "all"}).text
    assert count(session, ReaderAddress) == 0
    assert "sends no mail to this address" in client.post(path, data={"do": "block"}).text
    again = {"name": "Rae", "author": {"email": RAE}, "notify": "replies"}
    make_comment("Is it open today?", **again)
    assert work(days=2) == []
    assert session.scalars(select(ReaderAddress.email)).one() is None
    assert "Allow mail again" not in client.post(path, data={"do": "allow"}).text
    make_comment("Is it open tomorrow?", **again)
    assert [m["Subject"] for m in work(days=2)] == ["Confirm your address for The News"]


@one_store
@pytest.mark.parametrize(
    ("author", "status"),
    [({}, 422), ({"email": "räe@readers.example"}, 422), ({"email": RAE}, 201)],
)
def test_answers_need_an_address_that_mail_can_reach(make_comment, author, status):
    answer = make_comment(author=author, notify="replies")

    assert answer["http"] == status
    if status == 422:
        assert [error["pointer"] for error in answer["errors"]] == ["#/author/email"]


def test_a_site_that_mails_no_answers_ignores_the_box_and_refuses_followers(
    client, make_comment, change_site, session
):
    change_site(settings={"replies_by_mail": False, "thresholds": {"flood": 1.01}})

    assert make_comment(notify="replies")["http"] == 201
    answer = client.post("/api/v1/sites/news/posts/story/follow", json={"email": BO})

    assert (answer.status_code, answer.get_json()["code"]) == (409, "mail_off")
    page = client.get("/api/v1/sites/news/posts/story/comments").get_json()
    assert page["post"]["replies_by_mail"] is False
    assert count(session, ReaderAddress) == 0


def test_readers_see_whether_answers_are_mailed(client, make_app):
    page = client.get("/api/v1/sites/news/posts/story/comments").get_json()
    without = make_app().test_client().get("/api/v1/sites/news/posts/story/comments").get_json()

    assert page["post"]["replies_by_mail"] is True
    assert without["post"]["replies_by_mail"] is False


def test_an_address_gets_few_requests_for_confirmation(client, work, mailbox, clock):
    for n in range(12):
        client.post(f"/api/v1/sites/news/posts/p{n}/follow", json={"email": BO})
        work(minutes=11)

    assert len(mailbox.received) == following.CONFIRMATIONS_PER_ADDRESS
    clock.advance(days=1)
    client.post("/api/v1/sites/news/posts/next/follow", json={"email": BO})
    assert len(work()) == 1


def test_a_network_causes_few_requests_for_confirmation(client, work, session):
    for n in range(following.CONFIRMATIONS_PER_NETWORK + 5):
        answer = client.post(
            "/api/v1/sites/news/posts/story/follow", json={"email": f"a{n}@readers.example"}
        )
        assert answer.status_code == 202

    assert count(session, ReaderMail) == following.CONFIRMATIONS_PER_NETWORK
    assert count(session, ReaderAddress) == following.CONFIRMATIONS_PER_NETWORK


def test_a_confirmed_address_follows_a_bounded_number_of_threads(
    client, confirm, session, clock, monkeypatch
):
    monkeypatch.setattr(following, "FOLLOWS_PER_DAY", 3)
    client.post("/api/v1/sites/news/posts/p/follow", json={"email": BO})
    confirm()

    for n in range(5):
        client.post(f"/api/v1/sites/news/posts/p{n}/follow", json={"email": BO})

    assert count(session, ReaderFollow) == 3


def test_a_rejected_comment_causes_no_mail(make_comment, change_site, work, session):
    change_site(settings={"replies_by_mail": True, "block_words": ["zeppelin"]})

    answer = make_comment("A zeppelin.", author={"email": RAE}, notify="replies")

    assert answer["http"] == 422
    assert work() == []
    assert count(session, ReaderAddress) == 0


def test_an_unconfirmed_address_is_deleted_after_a_week(rae, app, session, work, clock):
    work()
    clean_up(session, app_state(app).settings, now=clock.advance(days=6))
    assert count(session, ReaderAddress) == 1

    clean_up(session, app_state(app).settings, now=clock.advance(days=2))

    assert count(session, ReaderAddress) == 0
    assert count(session, ReaderFollow) == 0


def test_the_clean_up_keeps_what_is_needed_and_removes_what_is_not(
    rae, app, make_comment, confirm, session, work, clock
):
    confirm()
    make_comment(FINE, name="Bo", parent_id=rae["comment"]["id"])
    work()
    clean_up(session, app_state(app).settings, now=clock.advance(days=29))
    assert count(session, ReaderMail) == 2
    assert session.scalars(select(ReaderMail.network_key)).all() == [None, None]
    clean_up(session, app_state(app).settings, now=clock.advance(days=2))
    assert (count(session, ReaderMail), count(session, ReaderAnswer)) == (0, 0)
    assert count(session, ReaderAddress) == 1

    clean_up(session, app_state(app).settings, now=clock.advance(days=340))

    assert count(session, ReaderAddress) == 0


def test_followers_of_two_threads_that_are_merged_follow_the_one(
    client, make_comment, confirm, work, signed_event, session
):
    for post in ("old", "new"):
        client.post(f"/api/v1/sites/news/posts/{post}/follow", json={"email": BO})
        if post == "old":
            confirm()
        make_comment(f"First on {post}.", name="Cy", post=post)
    first = make_comment("Mine.", name="Rae", post="old", author={"email": RAE}, notify="replies")
    work(hours=2)

    moved = signed_event("post.updated", {"post": "old", "new_id": "new"})
    assert moved.status_code < 300, moved.get_json()
    make_comment(FINE, name="Di", post="new", parent_id=first["comment"]["id"])

    kept = session.scalar(select(Post.id).where(Post.external_id == "new"))
    assert set(session.scalars(select(ReaderFollow.post_id))) == {kept}
    assert [m["To"] for m in work(hours=2)] == [BO]


def test_a_reader_who_follows_an_earlier_id_brings_no_post_back(client, make_comment, signed_event):
    made = make_comment("First.", post="old")
    signed_event("post.updated", {"post": "old", "new_id": "new"})
    posts = "/api/v1/sites/news/posts"

    answer = client.post(f"{posts}/old/follow", json={"email": BO})

    assert (answer.status_code, answer.headers["Location"]) == (308, f"{posts}/new/follow")
    # The earlier id leads to the thread as before.
    thread = client.get(f"{posts}/old/comments", follow_redirects=True).get_json()
    assert [each["id"] for each in thread["comments"]] == [made["comment"]["id"]]


def test_the_erasure_of_an_author_removes_the_reader(
    rae, make_comment, confirm, work, signed_event, session
):
    confirm()
    make_comment(FINE, name="Bo", parent_id=rae["comment"]["id"])

    assert signed_event("author.erased", {"author": {"email": RAE}}).status_code < 300

    assert work() == []
    for table in (ReaderAddress, ReaderFollow, ReaderAnswer, ReaderMail):
        assert count(session, table) == 0


@one_store
@pytest.mark.parametrize("path", ["/mail/confirm/x.y", "/mail/stop/x.y"])
def test_a_link_that_is_not_ours_is_answered_by_a_page(client, path):
    for answer in (client.get(path), client.post(path, headers={"Accept-Language": "fr"})):
        assert answer.status_code == 403
        assert answer.headers["Content-Type"].startswith("text/html")
    assert "Ce lien ne fonctionne plus" in answer.text
