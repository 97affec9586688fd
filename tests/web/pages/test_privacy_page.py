"""The page about a reader's data, without scripts."""

import re

import pytest

from moderation.services.sites import sign_on_secrets
from moderation.web.pages.i18n import LANGUAGES, words
from tests.conftest import one_store
from tests.signing_on import claims, token

PAGE = "/privacy/news"
THREAD = "/api/v1/sites/news/posts/story/comments"


@pytest.fixture
def signed_on(client, session, site, clock, change_site):
    change_site(settings={"sign_on_algorithm": "HS256", "hold_first": 0, "rejected_days": 90})
    secret = sign_on_secrets.rotate(session, site, now=clock.now)
    session.rollback()
    signed = token(secret, claims(clock.now))
    headers = {"Authorization": f"Bearer {signed}"}
    client.post(THREAD, json={"text": "A quiet remark."}, headers=headers)
    return signed


@one_store
@pytest.mark.parametrize("lang", LANGUAGES)
def test_everybody_reads_what_is_kept_in_their_language(client, lang):
    page = client.get(f"{PAGE}?lang={lang}").text

    assert words(lang).page("privacy_public") in page
    assert words(lang).page("privacy_hash", days="30") in page
    assert 'name="token"' not in page


@one_store
def test_the_pages_of_a_thread_link_to_it(client, make_comment):
    thread = client.get("/embed/news/story?lang=de").text
    fragment = client.get("/embed/news/story?lang=de&fragment=1").text
    made = make_comment()
    own = client.post(f"/own/{made['comment']['id']}", data={"token": made["edit_token"]}).text

    assert '<a href="/privacy/news?lang=de" target="_top">Ihre Daten</a>' in thread
    assert '<a href="/privacy/news" target="_top">Your data</a>' in own
    assert 'href="http://comments.example/privacy/news?lang=de"' in fragment


def test_a_reader_asks_confirms_and_withdraws_without_scripts(client, signed_on):
    def act(do):
        return client.post(PAGE, data={"token": signed_on, "do": do})

    first = act("").text
    asked = act("ask").text
    due = act("erase").text
    kept = act("keep").text

    assert re.findall(r'name="do" value="(\w*)"', first) == ["json", "html", "ask"]
    assert "After 24 hours it is final" in asked
    assert re.findall(r'name="do" value="(\w*)"', asked) == ["erase", ""]
    assert "Everything will be erased on" in due
    assert "Everything will be erased on" not in kept
    assert "after 90 days" in first


@one_store
def test_a_reader_downloads_their_data_in_their_language(client, signed_on):
    as_json = client.post(PAGE, data={"token": signed_on, "do": "json"}).get_json()
    page = client.post(f"{PAGE}?lang=de", data={"token": signed_on, "do": "html"}).text

    assert [row["text"] for row in as_json["data"]["comments"]] == ["A quiet remark."]
    assert "Alles über Sie Gespeicherte" in page
    assert "A quiet remark." in page


@one_store
def test_a_token_that_is_not_valid_opens_nothing(client, signed_on):
    for wrong in (signed_on[:-4] + "AAAA", "a.b.c", "", "garbage"):
        for do in ("json", "erase", ""):
            answer = client.post(PAGE, data={"token": wrong, "do": do})

            assert "A quiet remark." not in answer.text
            assert 'name="do"' not in answer.text
