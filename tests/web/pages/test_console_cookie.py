"""A browser that drops the session's cookie learns why."""

import pytest


@pytest.fixture
def production(make_app, site):
    return make_app(env="production")


def test_a_login_over_http_explains_why_the_right_password_was_not_enough(production, moderator):
    dropping, keeping = production.test_client(use_cookies=False), production.test_client()

    first = dropping.post("/review/login", data=moderator)
    lost = dropping.get(first.headers["Location"])
    keeping.post("/review/login", data=moderator)
    kept = keeping.get(first.headers["Location"])

    assert "Secure" in first.headers["Set-Cookie"]
    page = lost.get_data(as_text=True)
    assert "Reach this page over https, or set MODERATION_ENV=development" in page
    assert (kept.status_code, kept.headers["Location"]) == (303, "/review/")


def test_a_first_visit_and_a_wrong_password_do_not_mention_cookies(production, moderator):
    client = production.test_client()

    first = client.get("/review/login")
    wrong = client.post("/review/login", data={**moderator, "password": "not the right one"})

    assert "https" not in first.get_data(as_text=True)
    assert wrong.status_code == 401
    assert "over https" not in wrong.get_data(as_text=True)


def test_whose_session_is_over_reads_that_on_the_login_page(browser, moderator, clock):
    mia = browser()
    before = mia.client.get("/review/login").text
    mia.log_in()
    clock.advance(days=2)

    after = mia.client.get("/review/", follow_redirects=True).text
    wrong = mia.log_in(password="not the right one").text

    assert "session has ended" not in before
    assert "Your session has ended. Log in again" in after
    assert "Wrong login or password." in wrong
    assert "session has ended" not in wrong


def test_an_empty_form_is_refused_with_a_sentence(browser, moderator):
    empty = browser().post("/review/login", {"login": "", "password": ""})
    reloaded = browser().client.get("/review/login/code", follow_redirects=True)

    assert (empty.status_code, "Not logged in." in empty.text) == (401, True)
    assert "cannot be reloaded" in reloaded.text


def test_a_logout_leaves_no_word_of_an_ended_session(browser, moderator):
    mia = browser()
    mia.log_in()

    mia.post("/review/logout", {"csrf_token": mia.csrf})

    assert "session has ended" not in mia.client.get("/review/login").text
