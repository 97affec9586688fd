"""Answers by mail, over HTTP and a real SMTP server: who gets what, and when."""

import random
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from moderation.domain.status import Outcome
from moderation.services.notifications import answers
from moderation.storage.models.reader_mail import (
    ReaderAddress,
    ReaderFollow,
    ShownAnswer,
)
from tests.web.mail.conftest import BO, FINE, HELD, RAE, count, stop_path, text_of
from tests.working import turn


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


def test_a_worker_that_dies_sends_each_answer_once(rae, make_comment, confirm, work, mailbox):
    confirm()
    make_comment(FINE, name="Bo", parent_id=rae["comment"]["id"])

    def dies(message, handed):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(dies)
    assert len(work(minutes=3)) == 1
    assert work(minutes=3) == []


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


@pytest.mark.parametrize("seed", range(2))
def test_after_any_decisions_only_what_readers_see_at_that_moment_is_mailed(
    client, app, make_comment, decide, signed_event, confirm, clock, seed
):
    rng, canaries, mailed = random.Random(seed), {}, []  # noqa: S311
    client.post("/api/v1/sites/news/posts/story/follow", json={"email": RAE})
    confirm()

    def post(message, handed):
        handed()
        mailed.append(message)
        seen = client.get("/api/v1/sites/news/posts/story/comments?limit=100").text
        for canary in re.findall(r"cnry\d{4}q", message.as_string()):
            assert canary in seen

    def write():
        canary = f"cnry{len(canaries):04d}q"
        foul = rng.random() < 0.5
        text = f"{canary} {'bullshit' if foul else 'fine'} words, number {len(canaries)}."
        canaries[canary] = make_comment(text, name=f"Bo {canary}")

    def judge():
        comment = canaries[rng.choice(sorted(canaries))]
        if comment.get("gone"):
            return
        if rng.random() < 0.5:
            decide(comment, Outcome.REJECT, reason="OFFENSIVE")
        else:
            decide(comment)

    def delete():
        comment = canaries[rng.choice(sorted(canaries))]
        headers = {"X-Edit-Token": comment["edit_token"]}
        client.delete(f"/api/v1/comments/{comment['comment']['id']}", headers=headers)
        comment["gone"] = True

    def work():
        clock.advance(minutes=rng.choice((1, 30)))
        turn(app, "w", send=None, post=post, clock=clock)

    write()
    for _ in range(60):
        rng.choices((write, judge, delete, work), (5, 6, 1, 4))[0]()
    clock.advance(hours=2)
    turn(app, "w", send=None, post=post, clock=clock)

    assert len(mailed) >= 3
