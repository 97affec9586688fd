"""A browser that meets an error gets a page that explains it; a program gets problem+json."""

import re
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from moderation import __version__
from moderation.web.pages.i18n import LANGUAGES, words
from moderation.web.request_budget import RequestBudget
from moderation.web.state import app_state
from tests.conftest import one_store

BROWSER = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
    "Accept-Language": "de-AT,de;q=0.9,en;q=0.5",
}
SOME_ID = "018f0000-0000-7000-8000-000000000000"
PAGES = [
    ("GET", "/embed/nosite/x", 404),
    ("GET", "/embed/", 404),
    ("GET", "/embed/news/", 404),
    ("DELETE", "/embed/news/story", 405),
    ("GET", "/embed/news/story?cursor=nonsense", 422),
    ("GET", f"/own/{SOME_ID}", 405),
    ("POST", f"/own/{SOME_ID}", 403),
    ("GET", "/review/nothing-here", 404),
    ("GET", "/review/mail/a/b", 404),
    ("POST", "/review/audit", 405),
    ("GET", "/review/assets/none.js", 404),
    ("GET", "/widget/none.js", 404),
    ("GET", "/feeds/nosite", 404),
    ("POST", "/", 405),
    ("GET", "/favicon.ico", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), PAGES)
def test_a_browser_gets_a_page_and_a_program_a_problem(client, method, path, status):
    page = client.open(path, method=method, headers=BROWSER)
    problem = client.open(path, method=method, headers={"Accept": "*/*"})
    json = client.open(path, method=method, headers={"Accept": "application/json, text/html;q=0.5"})

    assert {page.status_code, problem.status_code, json.status_code} == {status}
    assert page.mimetype == "text/html"
    assert "<h1>" in page.text
    assert "style-src 'self'" in page.headers["Content-Security-Policy"]
    assert {problem.mimetype, json.mimetype} == {"application/problem+json"}
    for answer in (page, problem):
        assert "Accept" in answer.headers["Vary"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers.get("Allow") == problem.headers.get("Allow")
    spoken = "en" if path.startswith("/review") else "de"
    assert f'<html lang="{spoken}"' in page.text


@one_store
@pytest.mark.parametrize("path", ["/api/v1/nope", "/api/v1/review/queue", "/metrics"])
def test_the_api_answers_browsers_in_json_too(client, path):
    assert client.get(path, headers=BROWSER).mimetype == "application/problem+json"


@one_store
@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_error_is_in_the_language_of_the_query_the_site_or_the_browser(
    client, change_site, lang
):
    title = words(lang).page("missing_title")
    asked = client.get(f"/embed/nosite/x?lang={lang}", headers=BROWSER)
    accepted = client.get("/embed/nosite/x", headers={**BROWSER, "Accept-Language": lang})
    change_site(settings={"page_language": lang})
    known = client.get("/embed/news/story?cursor=nonsense", headers=BROWSER)

    for page in (asked, accepted):
        assert f"<h1>{title}</h1>" in page.text
        assert f'lang="{lang}" dir="{words(lang).dir}"' in page.text
    assert words(lang).page("unclear_title") in known.text


@one_store
def test_an_error_repeats_nothing_of_the_address(client):
    page = client.get("/embed/<script>alert(1)</script>/x?lang=<b>", headers=BROWSER)

    assert page.status_code == 404
    assert "alert(" not in page.text


@one_store
def test_an_error_page_may_be_framed_by_the_page_that_asked_for_it(client):
    framed = client.get("/embed/nosite/x", headers=BROWSER)
    console = client.get("/review/nothing-here", headers=BROWSER)

    assert "frame-ancestors *" in framed.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in console.headers["Content-Security-Policy"]


@one_store
def test_a_reader_who_sends_too_much_keeps_the_text(make_app, site):
    client = make_app(ratelimit_enabled=True, ratelimit_submit="2 per minute").test_client()
    typed = {"name": "Ada", "text": "Typed with <care>."}

    pages = [client.post("/embed/news/story", data=typed, headers=BROWSER) for _ in range(3)]

    assert [page.status_code for page in pages] == [200, 200, 429]
    assert "Typed with &lt;care&gt;." in pages[2].text
    assert "try again in" in pages[2].text
    assert int(pages[2].headers["Retry-After"]) > 0
    gone = make_app().test_client().post("/embed/nosite/story", data=typed, headers=BROWSER)
    assert (gone.status_code, gone.mimetype) == (404, "text/html")
    assert "Typed with &lt;care&gt;." in gone.text


@one_store
def test_a_link_in_mail_that_is_opened_too_often_is_a_page_for_moderators(make_app, site):
    client = make_app(ratelimit_enabled=True, ratelimit_edit="1 per minute").test_client()

    pages = [client.get("/review/mail/nonsense", headers=BROWSER) for _ in range(2)]

    assert [page.status_code for page in pages] == [403, 429]
    assert words("en").page("busy_title") in pages[1].text
    assert "style-src 'self'" in pages[1].headers["Content-Security-Policy"]


@one_store
def test_an_author_who_edits_too_often_keeps_the_text(make_app, site, clock):
    app = make_app(ratelimit_enabled=True, ratelimit_edit="1 per minute")
    client, typed = app.test_client(), {"name": "Ada", "text": "As it was."}
    shown = client.post("/embed/news/story", data=typed)
    token = re.search(r'name="token" value="([^"]+)"', shown.text)[1]
    clock.advance(seconds=5)
    own = client.post("/embed/news/story", data={**typed, "token": token}).text
    path = re.search(r'action="(/own/[^"]+)"', own)[1]
    key = re.search(r'name="token" value="([^"]+)"', own)[1]

    pages = [
        client.post(path, data={"token": key, "do": "save", "text": f"As it is {n}."})
        for n in range(2)
    ]

    assert [page.status_code for page in pages] == [200, 429]
    assert "As it is 1." in pages[1].text
    foreign = client.post(path, data={"token": "none"}, headers=BROWSER)
    assert (foreign.status_code, foreign.mimetype) == (429, "text/html")


@one_store
@pytest.mark.parametrize(("path", "lang"), [("/embed/news/story", "ja"), ("/review/login", "en")])
def test_a_client_over_its_budget_reads_how_long_to_wait(make_app, site, seconds, path, lang):
    app = make_app(ratelimit_enabled=True)
    app_state(app).request_limit.budget = RequestBudget(0.5, 1, monotonic=seconds)
    client = app.test_client()
    client.get("/nothing")
    headers = {**BROWSER, "Accept-Language": "ja"}

    page = client.get(path, headers=headers)
    problem = client.get(path)

    assert (page.status_code, problem.status_code) == (429, 429)
    assert page.headers["Retry-After"] == problem.headers["Retry-After"] == "2"
    assert words(lang).page("busy", n="2") in page.text
    assert page.headers["Content-Security-Policy"].count("style-src 'self'") == 1
    assert len(page.headers.getlist("Content-Security-Policy")) == 1
    assert problem.mimetype == "application/problem+json"


def test_a_fault_is_a_page_with_its_number_and_the_text(client, session, make_comment):
    make_comment()
    session.execute(text("ALTER TABLE comments RENAME TO comments_away"))
    session.commit()
    try:
        page = client.get("/embed/news/story", headers=BROWSER)
        sent = client.post(
            "/embed/news/story",
            data=urlencode({"name": "Ada", "text": "Canary words.", "parent_id": SOME_ID}),
            content_type="application/x-www-form-urlencoded",
            headers=BROWSER,
        )
    finally:
        session.execute(text("ALTER TABLE comments_away RENAME TO comments"))
        session.commit()

    for each in (page, sent):
        assert (each.status_code, each.mimetype) == (500, "text/html")
        assert each.headers["X-Request-Id"] in each.text
        assert "comments_away" not in each.text
    assert 'href=""' in page.text
    assert "Canary words." in sent.text


@one_store
def test_a_store_that_is_away_is_a_page_that_offers_another_try(make_app):
    app = make_app(database_url="postgresql+psycopg://nobody@127.0.0.1:1/none")

    page = app.test_client().get("/embed/news/story", headers=BROWSER)

    assert (page.status_code, page.mimetype) == (503, "text/html")
    assert int(page.headers["Retry-After"]) >= 1
    assert words("de").page("failed_title") in page.text


@one_store
def test_a_form_that_is_too_large_is_a_page(client):
    page = client.post("/embed/news/story", data={"text": "x" * 70_000}, headers=BROWSER)

    assert (page.status_code, page.mimetype) == (413, "text/html")
    assert words("de").page("large_title") in page.text


@one_store
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_root_is_a_page_with_the_ways_to_the_console_and_the_api(client, lang):
    page = client.get("/", headers={**BROWSER, "Accept-Language": lang})

    assert f'lang="{lang}"' in page.text
    assert 'href="/review/"' in page.text
    assert 'href="/api/v1/docs"' in page.text
    assert "/widget/page.css" in page.text
    assert "Accept-Language" in page.headers["Vary"]
    assert __version__ not in page.text
