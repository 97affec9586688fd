"""Headers of every answer: its type, its framing, its caching."""

import pytest

LINKED = "See https://harbour.example/plan and [the map](https://map.example/a) for the levy."


@pytest.mark.parametrize("path", ["/review/login", "/review/", "/review/account", "/review/rules"])
def test_a_page_of_the_console_is_never_framed_and_kept_nowhere(client, moderator, path):
    client.post("/review/login", data=moderator)

    headers = client.get(path).headers

    policy = {part.strip() for part in headers["Content-Security-Policy"].split(";")}
    assert {"default-src 'none'", "script-src 'self'", "form-action 'self'"} <= policy
    assert {"frame-ancestors 'none'", "base-uri 'none'"} <= policy
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/queue", "/me", "/counts", "/nothing-there"])
def test_no_answer_of_the_review_api_is_kept(client, reviewing, path):
    assert client.get(f"/api/v1/review{path}", headers=reviewing).headers["Cache-Control"] == (
        "no-store"
    )


def test_no_browser_guesses_the_type_of_an_answer(client, make_comment, reviewing):
    id = make_comment()["comment"]["id"]

    paths = (
        "/api/v1/sites/news/posts/story/comments",
        "/api/v1/sites/news/posts/story/comments?limit=1",
        f"/api/v1/comments/{id}/context",
        "/api/v1/feeds/news",
        "/api/v1/review/queue",
        "/review/login",
        "/nothing-there",
        "/healthz",
    )

    for path in paths:
        assert client.get(path, headers=reviewing).headers["X-Content-Type-Options"] == "nosniff"


def test_a_link_in_a_comment_gives_no_weight_and_no_window_away(client, make_comment):
    html = make_comment(LINKED)["comment"]["html"]

    links = [part.partition(">")[0] for part in html.split("<a ")[1:]]
    assert len(links) == 2
    for link in links:
        rel = link.partition('rel="')[2].partition('"')[0].split()
        assert {"nofollow", "ugc", "noopener", "noreferrer"} <= set(rel)


@pytest.mark.parametrize("scheme", ["javascript:alert(1)", "data:text/html,x", "vbscript:x"])
def test_a_link_leads_to_pages_and_mail_only(make_comment, scheme):
    made = make_comment(f"A remark with [a link]({scheme}) and <a href='{scheme}'>another</a>.")

    assert "<a" not in made["comment"]["html"]


def test_logging_out_takes_the_cookie_from_the_browser(client, moderator):
    client.post("/review/login", data=moderator)
    page = client.get("/review/").get_data(as_text=True)
    csrf = page.partition('name="csrf-token" content="')[2].partition('"')[0]
    assert client.get_cookie("moderation_session") is not None

    client.post("/review/logout", data={"csrf_token": csrf})

    assert client.get_cookie("moderation_session") is None
