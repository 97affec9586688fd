"""Following a thread on the page without scripts: asked for, confirmed, and bounded."""

import re

import pytest

from moderation.web.pages.i18n import LANGUAGES, words
from tests.conftest import ORIGIN, one_store

from .conftest import RAE, text_of

PATH = "/follow/news/story"


@pytest.fixture
def story(make_comment):
    make_comment("The roof leaks in eleven places.")
    return "/embed/news/story"


def action_of(page):
    return re.search(r'<form method="post" action="([^"]*/follow/[^"]*)"', page)[1].replace(
        "&amp;", "&"
    )


def test_a_reader_follows_a_thread_in_their_language_once_they_confirm(
    client, story, confirm, work, make_comment
):
    page = client.get(f"{story}?lang=de").text
    assert words("de").t("followed") in page

    answer = client.post(action_of(page), data={"email": RAE})

    assert answer.status_code == 202
    assert f'role="status">{words("de").t("lookAtMail")}' in answer.text
    confirm()
    make_comment("A quiet answer about the bridge.", name="Bo")
    (mail,) = work()
    assert (mail["To"], mail["Content-Language"]) == (RAE, "de")
    assert "A quiet answer about the bridge." in text_of(mail)


def test_nothing_is_mailed_before_the_address_is_confirmed(client, story, work, make_comment):
    client.post(PATH, data={"email": RAE})
    (asking,) = work()

    make_comment("A quiet answer about the bridge.", name="Bo")

    assert "/mail/confirm/" in text_of(asking)
    assert work() == []


@one_store
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_form_is_in_the_readers_language(client, story, lang):
    page = client.get(f"{story}?lang={lang}").text
    wrong = client.post(f"{PATH}?lang={lang}", data={"email": "no address"})

    assert f"<summary>{words(lang).t('follow')}</summary>" in page
    assert wrong.status_code == 422
    assert words(lang).t("needAddress") in wrong.text
    assert 'value="no address"' in wrong.text
    assert f'lang="{lang}"' in wrong.text


def test_the_answer_is_the_same_for_every_address(client, story, confirm, work):
    first = client.post(PATH, data={"email": RAE})
    confirm()
    again = client.post(PATH, data={"email": RAE})

    assert (first.status_code, first.text) == (again.status_code, again.text)
    assert work() == []


@one_store
def test_a_page_of_another_site_cannot_send_the_form(client, story, work):
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    article = {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN}

    assert client.post(PATH, data={"email": RAE}, headers=elsewhere).status_code == 403
    assert work() == []
    assert client.post(PATH, data={"email": RAE}, headers=article).status_code == 202
    assert len(work()) == 1


def test_requests_from_one_network_stay_within_the_bounds_of_the_widget(client, story, work):
    """The address is not confirmed: any number of forms asks one mailbox once in ten minutes."""
    for _ in range(3):
        assert client.post(PATH, data={"email": RAE}).status_code == 202

    assert len(work()) == 1


@one_store
def test_a_rate_limited_reader_is_told_to_wait_and_keeps_the_address(make_app, clock):
    app = make_app(
        smtp_url="smtp://mail.example", ratelimit_enabled=True, ratelimit_edit="1 per minute"
    )
    client = app.test_client()
    client.post(PATH, data={"email": RAE})

    answer = client.post(PATH, data={"email": RAE})

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert f'value="{RAE}"' in answer.text


@one_store
def test_there_is_no_form_where_nothing_is_mailed_or_nothing_can_follow(
    client, story, change_site, signed_event
):
    assert "<summary>" in client.get(story).text
    signed_event("post.closed", {"post": "story"})

    assert "<summary>" not in client.get(story).text
    closed = client.post(PATH, data={"email": RAE})
    assert (closed.status_code, words("en").t("closed") in closed.text) == (409, True)

    signed_event("post.reopened", {"post": "story"})
    change_site(settings={"replies_by_mail": False})

    assert "<summary>" not in client.get(story).text
    assert client.get(PATH).status_code == 409
    assert client.post(PATH, data={"email": RAE}).status_code == 409


@one_store
def test_the_form_of_a_fragment_is_sent_to_the_service(client, story):
    page = client.get(f"{story}?fragment=1&lang=fr").text

    assert action_of(page) == f"http://comments.example{PATH}?lang=fr"


@one_store
def test_a_page_that_moved_offers_its_new_address(client, story, signed_event):
    signed_event("post.updated", {"post": "story", "new_id": "bridge"})

    answer = client.post(PATH, data={"email": RAE})

    assert answer.status_code == 409
    assert 'href="/embed/news/bridge"' in answer.text
