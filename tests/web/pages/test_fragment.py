"""A thread as a part of another site's page: no address or id of it depends on that page."""

import re
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import one_store

ROOT = "http://comments.example"
HERE = f"{ROOT}/embed/news/story"
ARTICLE = "https://news.example/2026/hall?page=2"


class Parts(HTMLParser):
    """Collects the addresses, ids and references of a piece of HTML."""

    def __init__(self, html):
        super().__init__()
        self.addresses, self.ids, self.references, self.tags = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name in ("href", "action", "src", "formaction", "srcset", "poster", "data"):
                self.addresses.append(value)
            elif name == "id":
                self.ids.append(value)
            elif name in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "list"):
                self.references += value.split()


@pytest.fixture
def fragment(client):
    def get(query="", post="story", **options):
        answer = client.get(f"/embed/news/{post}?fragment=1{query}", **options)
        assert answer.status_code == 200
        return Parts(answer.text), answer.text

    return get


@pytest.fixture
def busy_thread(floods_pass, make_comment):
    """A thread with a second page, and with more replies than come along."""
    for number in range(52):
        made = make_comment(f"Remark {number} of many, each its own.", name=f"Reader {number}")
    for number in range(7):
        reply = f"Reply {number} of several, also its own."
        make_comment(reply, name=f"Other {number}", parent_id=made["comment"]["id"])
    return made["comment"]["id"]


@pytest.mark.parametrize("query", ["", "&sort=oldest", "&lang=ar", "&reply={id}", "&replies={id}"])
def test_every_address_begins_with_the_public_one_and_reloads_no_fragment(
    busy_thread, fragment, query
):
    parts, _ = fragment(query.format(id=busy_thread))

    for address in parts.addresses:
        begins = (f"{HERE}?", f"{HERE}#", f"{ROOT}/feeds/", f"{ROOT}/report/", f"{ROOT}/privacy/")
        assert address.startswith(begins) or address == HERE
        assert "fragment" not in parse_qs(urlsplit(address).query)
    assert len(parts.addresses) > 5


def test_ids_are_the_threads_own_and_every_reference_has_its_id(busy_thread, fragment):
    parts, _ = fragment()
    other, _ = fragment(post="other")

    forms = [id for id in parts.ids if not re.fullmatch(r"comment-[0-9a-f-]{36}", id)]
    assert len(set(parts.ids)) == len(parts.ids)
    assert all(re.match(r"comments-[0-9a-f]{10}-", id) for id in forms)
    assert set(parts.references) <= set(parts.ids)
    assert not set(parts.ids) & set(other.ids)
    assert not {"link", "img", "script", "style", "base"} & set(parts.tags)


def test_the_trap_is_hidden_without_a_style_sheet(fragment):
    _, html = fragment()

    assert re.search(r'<p hidden><input name="trap"', html)


def test_the_article_that_is_named_is_in_every_link_and_on_every_page(
    busy_thread, fragment, client
):
    parts, html = fragment(f"&lang=de&back={ARTICLE}")

    assert all(
        parse_qs(urlsplit(address).query) | {"back": [ARTICLE], "lang": ["de"]}
        == parse_qs(urlsplit(address).query)
        for address in parts.addresses
        if "/feeds/" not in address
    )
    action = re.search(r'action="([^"]+)"', html)[1].replace("&amp;", "&").removeprefix(ROOT)
    page = client.post(action, data={"name": "Ada", "text": "Gut gesagt."})
    assert f'href="{ARTICLE}"' in page.text
    assert "Zurück zum Artikel" in page.text


@one_store
@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//news.example/a",
        "https://news.example@evil.example/",
        "https://news.example\\@evil.example/",
        "https://news.example:8443/",
        "javascript:alert(1)//https://news.example",
        "https://news.example/\x01a",
        "https://[news.example/",
        "/hall",
    ],
)
def test_no_page_leads_to_an_address_that_is_not_the_sites(client, back):
    for answer in (
        client.get("/embed/news/story", query_string={"back": back}),
        client.post(
            "/embed/news/story",
            query_string={"back": back},
            data={"name": "Ada", "text": "Hello there."},
            headers={} if "\x01" in back else {"Referer": back},
        ),
    ):
        assert answer.status_code == 200
        assert "Back to the article" not in answer.text
        assert "evil.example" not in answer.text


@one_store
def test_a_page_leads_to_the_address_that_the_post_is_known_by(client, make_comment, signed_event):
    make_comment()
    title, url = "The hall & its roof", "https://news.example/hall"
    signed_event("post.published", {"post": "story", "title": title, "url": url})

    read = client.get("/embed/news/story")
    shown = client.post("/embed/news/story", data={"name": "Ada", "text": "Hello there."})

    for page in (read, shown):
        assert f'<a href="{url}" target="_top">Back to the article</a>' in page.text
        assert "The hall &amp; its roof" in page.text


@one_store
def test_an_article_that_sends_its_whole_address_is_led_back_to(client, clock):
    shown = client.post(
        "/embed/news/story",
        data={"name": "Ada", "text": "Hello there."},
        headers={"Referer": "https://news.example/hall", "Origin": "https://news.example"},
    )
    action = re.search(r'action="([^"]+)"', shown.text)[1].replace("&amp;", "&")
    token = re.search(r'name="token" value="([^"]+)"', shown.text)[1]
    clock.advance(seconds=5)
    sent = client.post(action, data={"name": "Ada", "text": "Hello there.", "token": token})

    assert sent.status_code == 201
    for page in (shown, sent):
        assert 'href="https://news.example/hall" target="_top"' in page.text


@one_store
@pytest.mark.parametrize("path", ["/", "", "/embed/news/story", "/own/018f0000"])
def test_a_host_alone_or_a_page_of_ours_is_no_article(client, path):
    page = client.post(
        "/embed/news/story",
        data={"name": "Ada", "text": "Hello there."},
        headers={"Referer": f"https://news.example{path}"},
    )

    assert "Back to the article" not in page.text


@one_store
def test_without_a_public_address_links_hold_on_the_services_own_host(make_app, site):
    client = make_app(public_url="").test_client()

    parts = Parts(client.get("/embed/news/story?fragment=1").text)

    assert all(
        address.startswith(("/embed/news/story", "/feeds/", "/report/", "/privacy/"))
        for address in parts.addresses
    )


@one_store
@pytest.mark.parametrize("site", ["news", "no-such-site"])
def test_an_error_in_a_fragment_is_a_sentence_and_no_page(client, site):
    address = f"/embed/{site}/story?fragment=1&cursor=nonsense"

    answer = client.get(address, headers={"Accept": "text/html", "Accept-Language": "fr"})

    assert answer.status_code in (404, 422)
    assert answer.text.startswith("<p ")
    assert "<html" not in answer.text
