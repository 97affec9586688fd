"""Answers by mail for readers who are signed in, and without scripts."""

import re

import pytest
from sqlalchemy import select

from moderation.services.sites import sign_on_secrets
from moderation.storage.models.reader_mail import (
    ReaderAddress,
)
from tests.signing_on import claims
from tests.signing_on import token as signed
from tests.web.mail.conftest import BO, FINE, RAE, count


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
