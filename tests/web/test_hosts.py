"""The Host of a request is chosen by its client: no answer repeats it."""

import re
from xml.etree import ElementTree

import pytest

EVIL = "evil.example"
#: A value for each variable of an address.
VALUES = {
    "site": "news",
    "name": "news",
    "post": "story",
    "decision_id": "018f0000-0000-7000-8000-000000000000",
    "key": "0" * 32,
    "token": "abc",
}


def addresses(app, **values) -> list[str]:
    """Every address that answers GET, with and without its last slash."""
    values = {**VALUES, **values}
    found = set()
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods:
            continue
        path = re.sub(r"<(?:[^<>:]+:)?(\w+)>", lambda m: values.get(m[1], "1"), rule.rule)
        found |= {path, path.rstrip("/") or "/", f"{path.rstrip('/')}/"}
    return sorted(found)


def sent(answer) -> str:
    return f"{answer.status} {answer.headers}\n{answer.get_data(as_text=True)}"


@pytest.mark.parametrize("public_url", ["https://comments.example", ""])
def test_no_answer_repeats_the_host_that_it_was_asked_by(
    public_url, make_app, site, moderator, reviewing, make_comment
):
    comment = make_comment(author={"website": "https://ada.example"})["comment"]
    app = make_app(public_url=public_url)
    client = app.test_client(use_cookies=False)
    logged_in = client.post("/review/login", data=moderator, headers={"Host": EVIL})
    desk = {"Cookie": logged_in.headers["Set-Cookie"].partition(";")[0]}
    every = addresses(app, comment_id=comment["id"])

    repeated = {
        path
        for path in every
        for headers in ({}, reviewing, desk)
        if EVIL in sent(client.get(path, headers={"Host": EVIL, **headers}))
    }

    assert repeated == set()
    assert len(every) > 80
    assert client.get("/review/", headers=desk).status_code == 200
    assert comment["status"] == "approved"


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/review", "/review/"),
        ("/review/sites", "/review/sites/"),
        ("/review/sites?site=news&a=b%20c", "/review/sites/?site=news&a=b%20c"),
    ],
)
def test_an_address_without_its_last_slash_redirects_within_the_service(client, path, location):
    answer = client.get(path)

    assert answer.status_code == 308
    assert answer.headers["Location"] == location
    assert answer.data == b""


def test_the_release_names_the_public_address_or_none(make_app, site):
    public = make_app(public_url="https://comments.example").test_client()
    nameless = make_app(public_url="").test_client()

    named = public.get("/widget/release.json").get_json()["embed.js"]["src"]
    relative = nameless.get("/widget/release.json").get_json()["embed.js"]["src"]

    assert named == f"https://comments.example{relative}"
    assert relative.startswith("/widget/embed-")
    assert nameless.get(relative).status_code == 200


@pytest.mark.parametrize("path", ["/feeds/news", "/feeds/news/story"])
def test_a_feed_without_a_public_address_has_relative_links_and_an_id_of_its_own(
    path, make_app, make_comment
):
    make_comment()
    client = make_app(public_url="").test_client()

    feed = ElementTree.fromstring(client.get(path).data)  # noqa: S314 (our own)

    atom = "{http://www.w3.org/2005/Atom}"
    assert feed.find(f"{atom}id").text.startswith("urn:uuid:")
    assert feed.find(f"{atom}link").get("href") == path
    assert feed.find(f"{atom}entry/{atom}link").get("href").startswith("/embed/news/story#comment-")
