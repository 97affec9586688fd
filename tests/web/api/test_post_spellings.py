"""A post is one post by every spelling of its id."""

from unicodedata import normalize
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from sqlalchemy import select, update

from moderation.storage.models.jobs import OutboxMessage
from moderation.storage.models.posts import Post

#: The site's spelling, a browser's address, a Mac's file name.
NAMES = ["/café/été", "/caf%C3%A9/%c3%A9t%C3%A9", normalize("NFD", "/café/été")]
ID = "/café/été"
TEXT = "The lantern of the market hall is lit again."
ATOM = "{http://www.w3.org/2005/Atom}"


def at(post, what="comments"):
    return f"/api/v1/sites/news/posts/{quote(post, safe='')}/{what}"


def listed(client, post):
    answer = client.get(at(post)).get_json()
    return answer["post"]["id"], [comment["text"] for comment in answer["comments"]]


@pytest.mark.parametrize("name", NAMES)
def test_a_comment_that_is_sent_to_one_spelling_is_read_under_all(client, name):
    sent = client.post(at(name), json={"author": {"name": "Ada"}, "text": TEXT})

    assert sent.status_code == 201
    assert [listed(client, other) for other in NAMES] == [(ID, [TEXT])] * 3
    own = client.get(at(NAMES[1], "me"), headers={"X-Edit-Token": sent.get_json()["edit_token"]})
    assert len(own.get_json()["comments"]) == 1
    pages = [client.get(f"/embed/news/{quote(other, safe='')}").text for other in NAMES]
    assert all(TEXT in page for page in pages)


def test_a_comment_with_an_idempotency_key_and_one_of_the_site_are_in_the_same_thread(
    client, signed_event
):
    body = {"author": {"name": "Ada"}, "text": TEXT}
    client.post(at(NAMES[1]), json=body, headers={"Idempotency-Key": "one"})
    signed_event(
        "comment.submitted",
        {"post": NAMES[2], "author": {"name": "Wren"}, "text": "So it is, since Thursday."},
    )

    assert listed(client, ID) == (ID, ["So it is, since Thursday.", TEXT])


def test_badges_get_their_counts_under_the_spellings_that_they_asked_for(client, make_comment):
    client.post(at(ID), json={"author": {"name": "Ada"}, "text": TEXT})
    query = "&".join(f"post={quote(name, safe='')}" for name in NAMES)

    for more in ("", "&campaign=x"):
        counted = client.get(f"/api/v1/sites/news/counts?{query}{more}").get_json()["counts"]

        assert counted == dict.fromkeys(NAMES, 1)


@pytest.mark.parametrize("name", NAMES)
def test_an_event_speaks_of_the_post_under_any_spelling(client, signed_event, name):
    client.post(at(NAMES[1]), json={"author": {"name": "Ada"}, "text": TEXT})

    signed_event("post.closed", {"post": name})

    states = {client.get(at(other)).get_json()["post"]["state"] for other in NAMES}
    assert states == {"closed"}


def test_a_move_to_another_spelling_of_the_same_id_moves_nothing(client, signed_event):
    client.post(at(ID), json={"author": {"name": "Ada"}, "text": TEXT})

    signed_event("post.updated", {"post": NAMES[1], "new_id": NAMES[2], "title": "The hall"})
    signed_event("post.updated", {"post": NAMES[2], "new_id": "/%C3%A9te%CC%81"})

    assert listed(client, "/été") == ("/été", [TEXT])
    assert client.get(at(ID)).status_code == 308


def test_moderators_find_rules_and_comments_under_any_spelling(client, reviewing):
    client.post(at(ID), json={"author": {"name": "Ada"}, "text": TEXT})
    rules = f"/api/v1/review/sites/news/posts/{quote(NAMES[1], safe='')}/rules"
    changed = client.patch(rules, json={"slow_seconds": 60}, headers=reviewing)

    assert changed.get_json()["post"]["id"] == ID
    for name in NAMES:
        query = f"site=news&queue=approved&post={quote(name, safe='')}"
        found = client.get(f"/api/v1/review/queue?{query}", headers=reviewing).get_json()
        assert [item["comment"]["text"] for item in found["items"]] == [TEXT]


@pytest.mark.parametrize("prefix", ["/café/", "/caf%C3%A9/", "https://news.example/caf%c3%a9"])
def test_a_section_holds_posts_by_any_spelling_of_its_prefix(client, change_site, prefix):
    change_site(settings={"sections": [{"prefix": prefix, "state": "closed"}]})
    url = "https://news.example/caf%C3%A9/12"

    answer = client.post(
        at("12" if prefix.startswith("https") else ID),
        json={"author": {"name": "Ada"}, "text": TEXT, "post": {"url": url}},
        headers={"Origin": "https://news.example"},
    )

    again = client.get(at("12" if prefix.startswith("https") else ID)).get_json()["post"]["state"]
    assert again == "closed", answer.get_json()


def test_a_long_path_is_as_long_as_its_letters_not_as_its_escapes(client, signed_event):
    path = "/" + "市" * 511

    sent = client.post(at(quote(path)), json={"author": {"name": "Ada"}, "text": TEXT})
    closed = signed_event("post.closed", {"post": quote(path)})
    refused = client.post(at(quote(path + "市")), json={"author": {"name": "Ada"}, "text": TEXT})

    assert (sent.status_code, closed.status_code, refused.status_code) == (201, 200, 422)
    assert client.get(at(path)).get_json()["post"] == {
        **client.get(at(path)).get_json()["post"],
        "id": path,
        "state": "closed",
    }


def test_a_click_id_does_not_open_a_thread_of_its_own(client):
    client.post(at("/?p=12&fbclid=one"), json={"author": {"name": "Ada"}, "text": TEXT})

    assert listed(client, "/?utm_source=mail&p=12") == ("/?p=12", [TEXT])
    assert listed(client, "/") == ("/", [])


def test_addresses_of_posts_have_no_click_ids_and_no_fragment(client, signed_event, session):
    body = {"author": {"name": "Ada"}, "text": TEXT}
    url = "https://news.example/u?fbclid=SECRET&id=7&utm_source=mail#comments"
    client.post(
        at("u"),
        json={**body, "post": {"url": url}},
        headers={"Origin": "https://news.example"},
    )
    signed_event("post.updated", {"post": "z", "url": "https://news.example/z?gclid=SECRET#top"})
    signed_event(
        "comment.submitted",
        {"post": "y", **body, "text": f"{TEXT} Again.", "url": "https://news.example/y?mc_eid=S#t"},
    )

    urls = [client.get(at(post)).get_json()["post"]["url"] for post in "uzy"]

    assert urls == [f"https://news.example/{path}" for path in ("u?id=7", "z", "y")]


def test_a_feeds_links_have_one_fragment_with_addresses_of_earlier_releases(
    client, make_comment, session
):
    made = make_comment(TEXT)["comment"]["id"]
    session.execute(update(Post).values(url="https://news.example/u?utm_source=mail#comments"))
    session.commit()

    for path in ("/feeds/news", "/feeds/news/story"):
        feed = ElementTree.fromstring(client.get(path).data)  # noqa: S314 -- our own feed
        (link,) = feed.findall(f"{ATOM}entry/{ATOM}link")
        assert link.get("href") == f"https://news.example/u#comment-{made}"


def test_events_to_the_site_have_the_canonical_id(client, session):
    client.post(at(NAMES[1]), json={"author": {"name": "Ada"}, "text": TEXT})

    payloads = session.scalars(select(OutboxMessage.payload)).all()
    assert [payload["comment"]["post"] for payload in payloads] == [ID]
