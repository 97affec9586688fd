"""Answers by mail, over HTTP and a real SMTP server: asked for, confirmed, sent, stopped."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from moderation.domain.status import Outcome
from moderation.services.community import following
from moderation.services.notifications import answers
from moderation.services.operations.cleanup import clean_up
from moderation.services.sites import sign_on_secrets
from moderation.storage.models.posts import Post
from moderation.storage.models.reader_mail import (
    ReaderAddress,
    ReaderAnswer,
    ReaderFollow,
    ReaderMail,
    ShownAnswer,
)
from moderation.web.state import app_state
from tests.conftest import one_store
from tests.signing_on import claims
from tests.signing_on import token as signed
from tests.working import turn

RAE, BO = "rae@readers.example", "bo@readers.example"
HELD = "Held words with bullshit in them, a canary."
FINE = "A quiet answer about the bridge."


@pytest.fixture
def app(make_app):
    return make_app(smtp_url="smtp://mail.example", mail_from="desk@news.example")


@pytest.fixture(autouse=True)
def mails_answers(change_site):
    change_site(settings={"replies_by_mail": True, "thresholds": {"flood": 1.01}})


@pytest.fixture
def work(app, clock, mailbox):
    """Let the worker have its turn a little later; returns the new messages."""

    def go(post=None, **later):
        before = len(mailbox.received)
        clock.advance(**(later or {"seconds": 6}))
        turn(app, "w", send=None, post=post or mailbox.post, clock=clock)
        return mailbox.messages[before:]

    return go


@pytest.fixture
def rae(make_comment):
    """A comment of a reader who asks for answers."""
    return make_comment("Is the bridge open?", name="Rae", author={"email": RAE}, notify="replies")


@pytest.fixture
def confirm(client, work):
    """Follow the link of the confirmation that is due."""

    def go():
        (message,) = work()
        link = re.search(r"http://comments\.example(/mail/confirm/\S+)", text_of(message))[1]
        assert client.get(link).status_code == 200
        assert client.post(link).status_code == 200
        return link

    return go


@pytest.fixture
def decide(client, reviewing):
    def go(comment, outcome=Outcome.APPROVE, **more):
        item = client.get(f"/api/v1/review/comments/{comment['comment']['id']}", headers=reviewing)
        body = {"outcome": outcome, "version": item.get_json()["version"], **more}
        answer = client.post(
            f"/api/v1/review/comments/{comment['comment']['id']}/decisions",
            json=body,
            headers=reviewing,
        )
        assert answer.status_code < 300, answer.get_json()
        return answer

    return go


def text_of(message, kind="plain"):
    return message.get_body((kind,)).get_content()


def stop_path(message):
    return urlsplit(message["List-Unsubscribe"].strip("<>")).path


def count(session, table):
    session.rollback()
    return session.scalar(select(func.count()).select_from(table))


def test_the_whole_story(rae, client, make_comment, decide, confirm, work, session):
    assert rae["http"] == 201
    confirm()
    reply = make_comment(HELD, name="Bo <b>", parent_id=rae["comment"]["id"])
    assert reply["http"] == 202
    assert work() == []

    decide(reply)
    (message,) = work()

    assert message["To"] == RAE
    assert message["Subject"] == "Bo <b> answered on “The News”"
    assert "bullshit" in text_of(message)
    assert "Bo &lt;b&gt; answered you" in text_of(message, "html")
    assert f"#comment-{reply['comment']['id']}" in text_of(message)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    answer = client.post(stop_path(message), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    make_comment(FINE, name="Bo", parent_id=rae["comment"]["id"])
    assert work() == []
    assert count(session, ReaderFollow) == 0


def test_opening_a_link_changes_nothing(rae, client, make_comment, confirm, work, session):
    (request,) = work()
    link = re.search(r"http://comments\.example(/mail/confirm/\S+)", text_of(request))[1]

    page = client.get(link)

    assert "Is this your address?" in page.text
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert session.scalars(select(ReaderAddress.confirmed_at)).one() is None
    client.post(link)
    make_comment(FINE, name="Bo", parent_id=rae["comment"]["id"])
    (message,) = work()
    page = client.get(stop_path(message))
    assert "Stop mail about" in page.text
    assert count(session, ReaderFollow) == 1


def test_nothing_but_the_request_is_sent_before_the_address_is_confirmed(
    rae, make_comment, confirm, work
):
    make_comment(FINE, name="Bo", parent_id=rae["comment"]["id"])
    (request,) = work()
    assert request["Subject"] == "Confirm your address for The News"
    assert "bridge" not in text_of(request) + text_of(request, "html")
    assert work(minutes=20) == []


def test_an_answer_that_came_before_the_confirmation_is_sent_after_it(
    rae, make_comment, confirm, work
):
    make_comment(FINE, name="Bo", parent_id=rae["comment"]["id"])

    confirm()

    assert [m["To"] for m in work()] == [RAE]


@pytest.mark.parametrize("change", ["reject", "redact", "delete", "post"])
def test_a_comment_that_readers_no_longer_see_is_in_no_mail(
    rae, client, make_comment, decide, confirm, work, signed_event, reviewing, session, change
):
    confirm()
    reply = make_comment("A canary sings.", name="Bo", parent_id=rae["comment"]["id"])
    answers.look(session, now=app_now(session))
    id = reply["comment"]["id"]
    if change == "reject":
        decide(reply, Outcome.REJECT, reason="OFFENSIVE")
    elif change == "redact":
        item = client.get(f"/api/v1/review/comments/{id}", headers=reviewing).get_json()
        done = client.post(
            f"/api/v1/review/comments/{id}/redact",
            json={"spans": [[2, 8]], "version": item["version"]},
            headers=reviewing,
        )
        assert done.status_code < 300, done.get_json()
    elif change == "delete":
        headers = {"X-Edit-Token": reply["edit_token"]}
        assert client.delete(f"/api/v1/comments/{id}", headers=headers).status_code == 204
    else:
        assert signed_event("post.deleted", {"post": "story"}).status_code < 300

    assert work() == []


def app_now(session):
    return session.scalars(select(ShownAnswer.shown_at)).one() + timedelta(seconds=1)


def test_no_byte_of_a_held_comment_is_mailed(rae, make_comment, decide, confirm, work, mailbox):
    confirm()
    held = make_comment(HELD, name="Canary", parent_id=rae["comment"]["id"])
    work()
    decide(held, Outcome.REJECT, reason="OFFENSIVE")
    work(hours=2)
    decide(held, Outcome.APPROVE)
    decide(held, Outcome.REJECT, reason="OFFENSIVE")
    work(hours=2)

    assert b"anary" not in b"".join(raw for _, _, raw in mailbox.received)
    assert b"bullshit" not in b"".join(raw for _, _, raw in mailbox.received)


def test_a_comment_is_mailed_once_although_it_is_approved_again(
    rae, make_comment, decide, confirm, work
):
    confirm()
    reply = make_comment(FINE, name="Bo", parent_id=rae["comment"]["id"])
    assert len(work()) == 1
    decide(reply, Outcome.REJECT, reason="OFFENSIVE")
    decide(reply)

    assert work() == []


def test_readers_get_no_mail_about_themselves(rae, make_comment, confirm, work):
    confirm()
    make_comment("I answer myself.", name="Rae", author={"email": RAE.upper()},
                 parent_id=rae["comment"]["id"])  # fmt: skip

    assert work() == []


def test_answers_to_others_in_the_thread_are_for_those_who_follow_it(
    rae, client, make_comment, confirm, work
):
    confirm()
    answer = client.post("/api/v1/sites/news/posts/story/follow", json={"email": BO})
    assert (answer.status_code, answer.get_json()) == (202, {"accepted": True})
    confirm()
    make_comment("A top-level remark.", name="Cy")

    (message,) = work()

    assert message["To"] == BO
    assert "Cy wrote on" in text_of(message)


def test_comments_from_before_a_follow_are_no_news(client, make_comment, confirm, work):
    make_comment("An old remark.", name="Cy")
    client.post("/api/v1/sites/news/posts/story/follow", json={"email": BO})

    confirm()

    assert work() == []


def test_a_thread_without_comments_can_be_followed(client, make_comment, confirm, work):
    client.post("/api/v1/sites/news/posts/quiet/follow", json={"email": BO})
    confirm()
    make_comment("The first remark.", name="Cy", post="quiet")

    assert len(work()) == 1


def test_more_than_three_mails_an_hour_become_one(rae, make_comment, confirm, work, session):
    confirm()
    got = []
    for n in range(30):
        make_comment(f"Answer number {n} of many.", name="Bo", parent_id=rae["comment"]["id"])
        got.append(len(work()))
    assert got == [1, 1, 1] + [0] * 27
    assert work(minutes=30) == []

    (digest,) = work(minutes=40)

    assert digest["Subject"] == "New answers on “The News”"
    assert text_of(digest).count("answered you") == 20
    assert "7 more on the page." in text_of(digest)
    assert work(hours=2) == []


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


def test_a_worker_that_dies_sends_each_answer_once(rae, make_comment, confirm, work, mailbox):
    confirm()
    make_comment(FINE, name="Bo", parent_id=rae["comment"]["id"])

    def dies(message, handed):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(dies)
    assert len(work(minutes=3)) == 1
    assert work(minutes=3) == []


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


def test_the_erasure_of_an_author_removes_the_reader(
    rae, make_comment, confirm, work, signed_event, session
):
    confirm()
    make_comment(FINE, name="Bo", parent_id=rae["comment"]["id"])

    assert signed_event("author.erased", {"author": {"email": RAE}}).status_code < 300

    assert work() == []
    for table in (ReaderAddress, ReaderFollow, ReaderAnswer, ReaderMail):
        assert count(session, table) == 0


def test_mail_comes_in_the_readers_language(client, work, change_site):
    client.post(
        "/api/v1/sites/news/posts/story/follow",
        json={"email": BO},
        headers={"Accept-Language": "xx, pt;q=0.9, en;q=0.1"},
    )
    change_site(settings={"replies_by_mail": True, "page_language": "uk"})
    client.post("/api/v1/sites/news/posts/story/follow", json={"email": RAE})

    messages = {m["To"]: m["Content-Language"] for m in work()}

    assert messages == {BO: "pt-BR", RAE: "uk"}


@pytest.fixture
def member(session, site, clock, change_site):
    """Headers of a reader who is signed in on the site, with an address of theirs."""
    change_site(settings={"sign_on_algorithm": "HS256", "replies_by_mail": True, "hold_first": 0})
    secret = sign_on_secrets.rotate(session, site, now=clock.now)
    session.commit()

    def make(**changes):
        given = claims(clock.now, **{"email": RAE, **changes})
        return {"Authorization": f"Bearer {signed(secret, given)}"}

    return make


@pytest.mark.parametrize("trusted", [True, False])
def test_a_members_address_is_confirmed_by_the_site_only_where_the_site_is_trusted(
    member, client, make_comment, change_site, work, session, trusted
):
    change_site(settings={"sign_on_confirms_email": trusted})
    body = {"text": "A member asks.", "notify": "replies"}
    path = "/api/v1/sites/news/posts/story/comments"
    asked = client.post(path, json=body, headers=member()).get_json()
    make_comment(FINE, name="Bo", parent_id=asked["comment"]["id"])

    (message,) = work()

    assert message["To"] == RAE
    subject = "Bo answered on “The News”" if trusted else "Confirm your address for The News"
    assert message["Subject"] == subject
    session.rollback()
    assert (session.scalars(select(ReaderAddress.confirmed_at)).one() is None) != trusted


def test_a_member_without_an_address_comments_all_the_same(member, client, session):
    body = {"text": "A member asks.", "notify": "replies"}
    path = "/api/v1/sites/news/posts/story/comments"

    answer = client.post(path, json=body, headers=member(email=None))

    assert answer.status_code == 201
    assert count(session, ReaderAddress) == 0


def test_a_member_follows_a_thread_without_typing_and_gets_none_of_their_own_comments(
    member, client, change_site, work, make_comment
):
    change_site(settings={"sign_on_confirms_email": True})
    answer = client.post("/api/v1/sites/news/posts/story/follow", json={}, headers=member())
    assert answer.status_code == 202
    path = "/api/v1/sites/news/posts/story/comments"
    client.post(path, json={"text": "Mine."}, headers=member(email="new@readers.example"))
    assert work() == []
    make_comment(FINE, name="Bo")

    assert [m["To"] for m in work()] == [RAE]


def test_another_address_than_the_members_own_is_confirmed_by_its_reader(
    member, client, change_site, work
):
    change_site(settings={"sign_on_confirms_email": True})
    path = "/api/v1/sites/news/posts/story/follow"
    client.post(path, json={"email": BO}, headers=member())

    assert [m["Subject"] for m in work()] == ["Confirm your address for The News"]


def test_without_scripts_the_box_is_kept_through_the_confirmation_page(
    client, make_comment, work, session
):
    make_comment(FINE, name="Cy")
    page = client.get("/embed/news/story?lang=de")
    assert 'name="notify"' in page.text
    typed = {"name": "Rae", "email": RAE, "text": "Ist die Brücke offen?", "notify": "replies"}
    preview = client.post("/embed/news/story?lang=de", data=typed)
    assert re.search(r'name="notify" value="replies" checked', preview.text)
    form_token = re.search(r'name="token" value="([^"]+)"', preview.text)[1]

    done = client.post("/embed/news/story?lang=de", data=typed | {"token": form_token})

    assert done.status_code in (201, 202)
    (message,) = work()
    assert (message["To"], message["Content-Language"]) == (RAE, "de")


def test_without_scripts_a_box_without_an_address_is_an_error_beside_the_field(client):
    typed = {"name": "Rae", "text": "Is the bridge open?", "notify": "replies"}

    answer = client.post("/embed/news/story", data=typed)

    assert answer.status_code == 422
    assert 'id="email-problem"' in answer.text


def test_without_mail_there_is_no_box(client, make_comment, change_site):
    change_site(settings={"replies_by_mail": False})
    make_comment(FINE)

    assert "notify" not in client.get("/embed/news/story").text


@one_store
@pytest.mark.parametrize("path", ["/mail/confirm/x.y", "/mail/stop/x.y"])
def test_a_link_that_is_not_ours_is_answered_by_a_page(client, path):
    for answer in (client.get(path), client.post(path, headers={"Accept-Language": "fr"})):
        assert answer.status_code == 403
        assert answer.headers["Content-Type"].startswith("text/html")
    assert "Ce lien ne fonctionne plus" in answer.text
