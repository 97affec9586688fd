"""A post's share of each second: for comments only, and never all of it for one client."""

import sys
import tracemalloc

import pytest

from moderation.web.burst_limit import Burst
from moderation.web.state import app_state

STORY = ("news", "story")
THREAD = "/api/v1/sites/news/posts/story/comments"
WORDS = ("roof", "baker", "ferry", "council", "market", "vote", "levy", "river", "street")


@pytest.fixture
def limited(make_app, site, seconds):
    """Send to an application whose posts take four comments a second, on a stopped clock."""
    app = make_app(ratelimit_enabled=True, ratelimit_submit="20 per minute", post_burst=4)
    app_state(app).burst_limit = Burst(4, monotonic=seconds)
    client = app.test_client()

    def send(address: str, path: str = THREAD, **request):
        return client.post(path, environ_base={"REMOTE_ADDR": address}, **request)

    return send


def remark(number: int) -> dict:
    word = WORDS[number % len(WORDS)]
    return {
        "author": {"name": f"Reader {number}"},
        "text": f"Remark {number} is about the {word} of this town, and nothing else.",
    }


def test_a_post_has_its_share_of_each_second(seconds):
    burst = Burst(3, monotonic=seconds)

    first = [burst.admits(STORY, f"10.0.0.{n}") for n in range(5)]
    other = burst.admits(("news", "other"), "10.0.0.9")
    seconds.now += 1
    later = burst.admits(STORY, "10.0.0.9")

    assert first == [True, True, True, False, False]
    assert (other, later) == (True, True)


def test_looking_whether_a_post_is_full_counts_nothing(seconds):
    burst = Burst(2, monotonic=seconds)

    before = [burst.is_full(STORY) for _ in range(5)]
    admitted = [burst.admits(STORY, f"10.0.0.{n}") for n in range(2)]
    full, other = burst.is_full(STORY), burst.is_full(("news", "other"))
    seconds.now += 1

    assert before == [False] * 5
    assert admitted == [True, True]
    assert (full, other, burst.is_full(STORY)) == (True, False, False)


@pytest.mark.parametrize(("most", "own"), [(1, 1), (2, 1), (3, 2), (10, 5)])
def test_one_client_gets_half_of_a_posts_share(seconds, most, own):
    burst = Burst(most, monotonic=seconds)

    admitted = [burst.admits(STORY, "203.0.113.9") for _ in range(100)]
    others = [burst.admits(STORY, f"198.51.100.{n}") for n in range(100)]

    assert admitted.count(True) == own
    assert others.count(True) == most - own


def test_names_are_never_taken_for_one_another(seconds):
    burst = Burst(1, monotonic=seconds)
    burst.admits(("news", "story"), "203.0.113.9")

    assert burst.admits(("news\0story", "203.0.113.9"), "198.51.100.1")
    assert burst.admits(("new", "sstory"), "198.51.100.1")
    assert burst.admits(("\ud800", "story"), "198.51.100.1")


def test_long_names_and_many_posts_take_a_fixed_memory(seconds):
    burst = Burst(10, monotonic=seconds)
    tracemalloc.start()
    try:
        for number in range(10_000):
            burst.admits((f"{number}" * 2_000, "x" * 5_000), "203.0.113.9")
        full, _ = tracemalloc.get_traced_memory()
        for number in range(10_000):
            burst.admits((f"other {number}", "x"), "203.0.113.9")
        fuller, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert full < 3_000_000
    assert fuller <= full + 100_000
    assert sys.getsizeof(burst._counts) < 2_000_000


def test_many_addresses_on_one_post_get_post_busy(limited):
    answers = [limited(f"10.0.{n}.1", json=remark(n)) for n in range(9)]

    assert [answer.status_code for answer in answers] == [201] * 4 + [429] * 5
    assert {answer.get_json()["code"] for answer in answers[4:]} == {"post_busy"}
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers[4:])


def test_on_a_full_post_a_comment_is_refused_before_it_is_read(limited, monkeypatch):
    for n in range(4):
        limited(f"10.0.{n}.1", json=remark(n))
    monkeypatch.setattr("moderation.web.middleware.fast_submit._SCHEMA", None)

    answers = [limited(f"10.1.{n}.1", json=remark(n)) for n in range(3)]

    assert {(a.status_code, a.get_json()["code"]) for a in answers} == {(429, "post_busy")}


@pytest.mark.parametrize(
    "request_",
    [
        {"data": b"", "content_type": "application/json"},
        {"data": b"", "content_type": ""},
        {"data": b"{", "content_type": "application/json"},
        {"data": b"[" * 5_000, "content_type": "application/json"},
        {"data": b"text=x", "content_type": "application/x-www-form-urlencoded"},
        {"data": b"\xff" * 100, "content_type": "application/octet-stream"},
        {"json": {"author": {"name": "A"}, "text": "  "}},
        {"json": {"text": "A remark without an author."}},
        {"json": ["a list"]},
        {"data": b"x" * 70_000, "content_type": "application/json"},
        {"path": f"{THREAD}?x=1", "data": b"{", "content_type": "application/json"},
        {"path": f"{THREAD}?x=1", "json": {"text": "No author here."}},
        {"headers": {"Idempotency-Key": "k"}, "json": {}},
    ],
)
def test_requests_without_a_comment_block_no_other_client(limited, request_):
    refused = [limited(f"203.0.113.{n}", **request_).status_code for n in range(25)]
    readers = [limited(f"10.0.{n}.1", json=remark(n)).status_code for n in range(4)]

    assert min(refused) >= 400
    assert readers == [201] * 4


@pytest.mark.parametrize("path", [THREAD, f"{THREAD}?by=flask"])
def test_one_address_with_good_comments_blocks_no_other_client(limited, path):
    flood = [limited("203.0.113.9", path, json=remark(n)) for n in range(40)]
    reader = limited("198.51.100.7", json=remark(99))

    codes = [answer.get_json().get("code") for answer in flood]
    assert codes[2:20] == ["post_busy"] * 18
    assert codes[20:] == ["rate_limited"] * 20
    assert reader.status_code == 201


def test_all_addresses_of_an_ipv6_64_block_no_other_client(limited):
    for number in range(40):
        limited(f"2001:db8:0:7::{number:x}", json=remark(number))

    assert limited("198.51.100.7", json=remark(99)).status_code == 201


def test_the_form_without_scripts_counts_as_well(limited):
    for number in range(4):
        limited(f"10.0.{number}.1", json=remark(number))
    typed = {"name": "Ada", "text": "A remark about the ferry.", "token": ""}
    asked = limited("198.51.100.7", "/embed/news/story", data=typed)
    token = asked.get_data(as_text=True).partition('name="token" value="')[2].partition('"')[0]

    answer = limited("198.51.100.7", "/embed/news/story", data={**typed, "token": token})

    assert token
    assert answer.status_code == 429
    assert "A remark about the ferry." in answer.get_data(as_text=True)
