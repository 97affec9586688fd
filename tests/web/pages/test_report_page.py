"""Reports without JavaScript: the page, its errors in the reader's language, its confirmation."""

import re

import pytest
from sqlalchemy import select

from moderation.storage.models.reports import CommentReport
from moderation.web.pages.i18n import LANGUAGES
from tests.conftest import one_store


@pytest.fixture
def open_page(client, make_comment):
    """Open the report page of a comment; returns its address and its token."""
    id = make_comment("The roof leaks in eleven places.")["comment"]["id"]

    def get(query=""):
        path = f"/report/{id}{query}"
        page = client.get(path).get_data(as_text=True)
        return path, re.search(r'name="token" value="([^"]+)"', page)[1], page

    return get


def sent(session):
    session.rollback()
    rows = session.execute(select(CommentReport.reason, CommentReport.language)).all()
    return [tuple(row) for row in rows]


def test_a_report_is_stored_and_confirmed_in_the_readers_language(client, open_page, session):
    path, token, page = open_page("?lang=de")
    assert "Gehört nicht zum Thema" in page
    assert "The roof leaks in eleven places." in page

    answer = client.post(path, data={"token": token, "reason": "off_topic"})

    assert answer.status_code == 202
    assert 'role="status"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert sent(session) == [("off_topic", "de")]


@one_store
def test_a_report_from_another_sites_page_is_confirmed_first(client, open_page, session):
    path, token, _ = open_page()
    form = {"token": token, "reason": "spam", "text": "It sells slates."}
    elsewhere = {"Sec-Fetch-Site": "cross-site"}

    foreign = client.post(path, data=form, headers=elsewhere)
    without = client.post(path, data={**form, "token": ""})

    for answer in (foreign, without):
        assert answer.status_code == 200
        assert "It sells slates." in answer.text
        assert 'value="spam" checked' in answer.text
    assert sent(session) == []


@one_store
@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({}, "reason"),
        ({"reason": "spam", "text": "x" * 2001}, "text"),
        ({"reason": "spam", "email": "nobody"}, "email"),
        ({"reason": "illegal"}, "explanation"),
    ],
)
def test_errors_stand_at_their_fields_and_keep_what_was_typed(client, open_page, form, field):
    path, token, _ = open_page()

    answer = client.post(path, data={"token": token, "name": "Ines & Co", **form})

    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert "Ines &amp; Co" in answer.text


@one_store
def test_only_public_comments_have_the_page(client, make_comment, change_site, open_page):
    held = make_comment("What a load of fucking nonsense.")["comment"]["id"]
    assert client.get(f"/report/{held}").status_code == 404

    path, token, _ = open_page()
    change_site(settings={"reports": False})

    page = client.get(path)
    assert page.status_code == 200
    assert "<form" not in page.text
    assert client.post(path, data={"token": token, "reason": "spam"}).status_code == 422
    assert "/report/" not in client.get("/embed/news/story").text


@one_store
def test_a_busy_network_keeps_its_text(make_app, client, open_page):
    path, token, _ = open_page()
    busy = make_app(ratelimit_enabled=True, ratelimit_report="1 per hour").test_client()
    busy.post(path, data={"token": token, "reason": "spam"})

    answer = busy.post(path, data={"token": token, "reason": "spam", "text": "Kept words."})

    assert answer.status_code == 429
    assert "Kept words." in answer.text
    assert int(answer.headers["Retry-After"]) > 0


@one_store
@pytest.mark.parametrize("fragment", ["", "?fragment=1"])
def test_every_published_comment_links_to_its_page(client, open_page, fragment):
    path, _, _ = open_page()

    page = client.get(f"/embed/news/story{fragment}").text

    root = "http://comments.example" if fragment else ""
    assert f'href="{root}{path}"' in page


@one_store
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_there_in_every_language(open_page, lang):
    _, _, page = open_page(f"?lang={lang}")

    assert f'lang="{lang}"' in page
    assert len(re.findall('type="radio"', page)) == 7
    if lang != "en":
        assert "Something else" not in page
