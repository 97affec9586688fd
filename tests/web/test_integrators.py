"""A page with a wrong site or origin may read the necessary change, and nothing else."""

import json

import pytest

ORIGIN = "https://news.example"
WRONG = "https://preview.example:8443"
THREAD = "/api/v1/sites/news/posts/story/comments"
COUNTS = "/api/v1/sites/news/counts?post=story"


def ask(client, path, origin, **options):
    return client.get(path, headers={"Origin": origin}, **options)


@pytest.mark.parametrize("query", ["", "?sort=newest", "?sort=oldest", "?limit=3&x=y"])
def test_a_page_of_an_unlisted_origin_reads_the_command_that_lists_it(client, make_comment, query):
    make_comment("A remark that only pages of the site may read.")
    client.get(THREAD + query)

    answer = ask(client, THREAD + query, WRONG)

    assert answer.status_code == 403
    assert answer.headers["Access-Control-Allow-Origin"] == WRONG
    assert "Access-Control-Expose-Headers" not in answer.headers
    assert "Origin" in answer.vary
    assert answer.get_json()["code"] == "origin_not_allowed"
    assert f"moderation site settings news --origin {WRONG}" in answer.get_json()["detail"]
    assert ORIGIN not in answer.text
    assert "remark" not in answer.text


def test_a_page_that_names_an_unknown_site_reads_the_command_that_adds_it(client):
    answer = ask(client, THREAD.replace("news", "neus"), ORIGIN)

    assert (answer.status_code, answer.get_json()["code"]) == (404, "site_not_found")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert f"moderation site add neus --origin {ORIGIN}" in answer.get_json()["detail"]


@pytest.mark.parametrize("site", ["No Site", "%22;rm -rf", "x" * 70])
@pytest.mark.parametrize("origin", ["null", "https://a.example/;rm -rf", "$(reboot)"])
def test_no_command_is_made_of_what_is_neither_a_site_nor_an_origin(client, site, origin):
    for path in (THREAD, THREAD.replace("news", site)):
        answer = ask(client, path, origin)

        assert answer.status_code in (403, 404)
        assert "Run:" not in answer.get_json()["detail"]


def test_replies_links_and_counts_are_refused_in_the_same_way(client, make_comment):
    made = make_comment("A remark.")["comment"]["id"]
    comments = "/api/v1/comments"

    answers = [
        ask(client, path, WRONG)
        for path in (COUNTS, f"{comments}/{made}/replies", f"{comments}/{made}/context")
    ]
    unknown = ask(client, f"{comments}/018f0000-0000-7000-8000-000000000000/context", WRONG)

    assert [answer.status_code for answer in answers] == [403] * 3
    assert (unknown.status_code, unknown.headers["Access-Control-Allow-Origin"]) == (404, WRONG)


def test_a_preflight_and_a_comment_of_another_origin_are_answered_as_before(client):
    asked = {"Origin": WRONG, "Access-Control-Request-Method": "POST"}
    body = {"author": {"name": "Ada"}, "text": "Sent by a page of another origin."}

    preflight = client.options(THREAD, headers=asked)
    sent = client.post(THREAD, json=body, headers={"Origin": WRONG})

    assert sent.status_code == 201
    for answer in (preflight, sent):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]


def test_requests_without_an_origin_or_with_this_services_own_read_as_before(client, make_comment):
    make_comment("A remark.")

    for headers in ({}, {"Origin": "http://localhost"}, {"Origin": ORIGIN}):
        answer = client.get(THREAD, headers=headers)

        assert answer.status_code == 200
        assert len(json.loads(answer.data)["comments"]) == 1


def test_a_feed_is_read_with_any_origin_and_by_no_page(client, make_comment):
    make_comment("A remark.")

    answer = ask(client, "/feeds/news/story", WRONG)

    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers
