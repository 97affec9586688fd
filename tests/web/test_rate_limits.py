"""Limits count client networks, and a client cannot escape its own count."""

import pytest

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
