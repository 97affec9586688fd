"""A browser that drops the session's cookie learns why."""

import pytest


@pytest.fixture
def production(make_app, site):
    return make_app(env="production")


def test_a_login_over_http_says_why_the_right_password_was_not_enough(production, moderator):
    dropping, keeping = production.test_client(use_cookies=False), production.test_client()

    first = dropping.post("/review/login", data=moderator)
    lost = dropping.get(first.headers["Location"])
    keeping.post("/review/login", data=moderator)
    kept = keeping.get(first.headers["Location"])

    assert "Secure" in first.headers["Set-Cookie"]
    page = lost.get_data(as_text=True)
    assert "Reach this page over https, or set MODERATION_ENV=development" in page
    assert (kept.status_code, kept.headers["Location"]) == (303, "/review/")


def test_a_first_visit_and_a_wrong_password_say_nothing_of_cookies(production, moderator):
    client = production.test_client()

    first = client.get("/review/login")
    wrong = client.post("/review/login", data={**moderator, "password": "not the right one"})

    assert "https" not in first.get_data(as_text=True)
    assert wrong.status_code == 401
    assert "over https" not in wrong.get_data(as_text=True)
