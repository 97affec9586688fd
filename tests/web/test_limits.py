"""Limits count client networks and login names, and a client cannot escape its own count."""

import pytest

from moderation.web.limits import login_name_admits

THREAD = "/api/v1/sites/news/posts/story/comments"


def remark(number: int) -> dict:
    return {
        "author": {"name": f"Reader {number}"},
        "text": f"Remark number {number} of a reader who knows the {number * 31} bus well.",
    }


@pytest.mark.parametrize("query", ["", "?by=flask"])
def test_all_addresses_of_an_ipv6_64_share_one_limit(make_app, site, query):
    client = make_app(ratelimit_enabled=True, ratelimit_submit="3 per minute").test_client()

    def send(number: int, address: str) -> int:
        return client.post(
            THREAD + query, json=remark(number), environ_base={"REMOTE_ADDR": address}
        ).status_code

    neighbours = [send(n, f"2001:db8:0:7::{n:x}") for n in range(1, 6)]
    elsewhere = send(9, "2001:db8:0:8::1")

    assert neighbours[3:] == [429, 429]
    assert 429 not in neighbours[:3]
    assert elsewhere != 429


def test_guesses_from_one_ipv6_64_are_limited_together(make_app, site):
    client = make_app(ratelimit_enabled=True, ratelimit_login="4 per minute").test_client()

    answers = [
        client.post(
            "/review/login",
            data={"login": f"mia{n}", "password": "a wrong password"},
            environ_base={"REMOTE_ADDR": f"2001:db8:0:7::{n:x}"},
        ).status_code
        for n in range(1, 7)
    ]

    assert answers == [401] * 4 + [429] * 2


def test_attempts_under_one_login_name_are_counted_together_however_it_is_written(make_app):
    app = make_app(ratelimit_enabled=True)

    with app.app_context():
        admitted = [login_name_admits(("mia", "MIA", " Mia ")[number % 3]) for number in range(25)]
        another = login_name_admits("tom")

    assert admitted == [True] * 20 + [False] * 5
    assert another


def test_a_login_name_of_any_length_is_counted(make_app):
    app = make_app(ratelimit_enabled=True)

    with app.app_context():
        admitted = [login_name_admits("x\0\ud800" * 20_000) for _ in range(21)]

    assert admitted == [True] * 20 + [False]


def test_login_names_are_not_counted_while_limits_are_switched_off(make_app):
    app = make_app(ratelimit_enabled=False)

    with app.app_context():
        assert all(login_name_admits("mia") for _ in range(50))
