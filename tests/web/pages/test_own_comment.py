"""The author's own page without JavaScript; the edit token is in no address."""

import re
from urllib.parse import urlencode

import pytest

from moderation.web.pages.i18n import LANGUAGES, PAGE_WORDS

HELD = "Nobody may read this shit here yet."
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def post(client):
    def send(path, **fields):
        return client.post(path, data=urlencode(fields), content_type=FORM)

    return send


@pytest.fixture
def sent(post, clock):
    """Send a comment through the plain form and return the page that answers."""

    def send(text, *, lang=""):
        path = f"/embed/news/story{lang}"
        typed = {"name": "Ada", "text": text}
        token = hidden(post(path, **typed))
        clock.advance(seconds=5)
        return post(path, **typed, token=token)

    return send


def hidden(page):
    return re.search(r'name="token" value="([^"]+)"', page.text)[1]


def address(page):
    return re.search(r'action="(/own/[^"]+)"', page.text)[1]


def listed(client):
    return [
        comment["text"]
        for comment in client.get("/api/v1/sites/news/posts/story/comments").get_json()["comments"]
    ]


def decide(client, reviewing, page, outcome):
    comment_id = address(page).removeprefix("/own/").partition("?")[0]
    path = f"/api/v1/review/comments/{comment_id}/decisions"
    assert client.post(path, json={"outcome": outcome}, headers=reviewing).status_code == 201


def test_who_posted_gets_a_page_of_their_own_that_nobody_keeps(sent):
    page = sent(HELD)

    assert page.status_code == 202
    assert "Waiting for a moderator. Only you can see this." in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert hidden(page) not in address(page)
    assert all(hidden(page) not in link for link in re.findall(r'href="([^"]*)"', page.text))


def test_the_page_shows_the_outcome_of_the_comment(sent, post, client, reviewing):
    page = sent(HELD)
    decide(client, reviewing, page, "approve")

    published = post(address(page), token=hidden(page))
    decide(client, reviewing, page, "reject")
    refused = post(address(page), token=hidden(page))

    assert "Published." in published.text
    assert "#comment-" in published.text
    assert "Not published. Only you can see this." in refused.text


def test_a_comment_is_edited_and_judged_again(sent, post, client):
    page = sent("The levy was ment for the roof.")

    saved = post(address(page), token=hidden(page), do="save", text="The levy was meant for it.")
    held = post(address(page), token=hidden(page), do="save", text=HELD)

    assert "Published." in saved.text
    assert "Waiting for a moderator." in held.text
    assert "Nobody may read" in held.text
    assert listed(client) == []


def test_a_comment_is_deleted_after_a_question(sent, post, client):
    page = sent("Soon regretted.")

    asked = post(address(page), token=hidden(page), do="ask")
    assert "Delete your comment for good?" in asked.text
    assert listed(client) == ["Soon regretted."]
    gone = post(address(page), token=hidden(page), do="delete")
    again = post(address(page), token=hidden(page), do="delete")

    assert "Deleted by its author." in gone.text
    assert "Soon regretted." not in gone.text
    assert again.status_code == 200
    assert listed(client) == []


def test_after_the_window_it_can_still_be_looked_at_and_deleted_but_not_edited(
    sent, post, client, clock
):
    page = sent("Said in time.")
    clock.advance(seconds=901)

    looked = post(address(page), token=hidden(page))
    late = post(address(page), token=hidden(page), do="save", text="Too late.")

    assert "<textarea" in page.text
    assert "<textarea" not in looked.text
    assert (late.status_code, "The time to edit has passed." in late.text) == (409, True)
    assert listed(client) == ["Said in time."]


def test_an_empty_text_is_refused_and_nothing_changes(sent, post, client):
    page = sent("Said in full.")

    empty = post(address(page), token=hidden(page), do="save", text="  ")

    assert (empty.status_code, "Please write something" in empty.text) == (422, True)
    assert listed(client) == ["Said in full."]


def test_a_text_that_is_too_long_is_called_that(sent, post, client):
    page = sent("Short enough.")

    long = post(address(page), token=hidden(page), do="save", text="long " * 2_001)

    assert (long.status_code, "10,000 are possible" in long.text) == (422, True)
    assert listed(client) == ["Short enough."]


@pytest.mark.parametrize("do", ["", "save", "ask", "delete"])
def test_without_its_token_a_comment_is_nobodys(sent, post, client, do):
    page, other = sent(HELD), sent("By somebody else entirely.")

    for token in ("", "nonsense", hidden(other)):
        refused = post(address(page), token=token, do=do, text="Taken over.")
        assert refused.status_code == 403
        assert "Nobody may read" not in refused.text


def test_the_page_has_no_address_that_can_be_opened(sent, client):
    page = sent(HELD)

    opened = client.get(f"{address(page)}?token={hidden(page)}")

    assert opened.status_code == 405
    assert "Nobody may read" not in opened.text


def test_the_page_keeps_the_language(sent, post):
    page = sent(HELD, lang="?lang=de")

    assert address(page).endswith("?lang=de")
    assert "Wartet auf die Moderation." in post(address(page), token=hidden(page)).text


def test_every_language_has_the_words_of_the_page():
    assert PAGE_WORDS.keys() == set(LANGUAGES)
    assert {frozenset(words) for words in PAGE_WORDS.values()} == {frozenset(PAGE_WORDS["en"])}


def test_a_refused_author_reads_why_appeals_and_reads_the_outcome(
    client, post, sent, reviewing, change_site
):
    page = sent("A friendly zeppelin.")
    decide(client, reviewing, page, "reject")
    own, token = address(page), hidden(page)

    shown = post(own, token=token)
    assert "It does not follow the rules of this site. A moderator decided this." in shown.text
    assert "Warum soll" in post(f"{own}?lang=de", token=token).text
    empty = post(own, token=token, do="appeal", text=" ")
    assert (empty.status_code, 'aria-invalid="true"' in empty.text) == (422, True)
    long = post(own, token=token, do="appeal", text="roof " * 401)
    assert (long.status_code, long.text.count("roof ") > 400) == (422, True)
    asked = post(own, token=token, do="appeal", text="It is about the roof.")
    assert "it is not decided yet" in asked.text
    assert "Ask for a review" not in asked.text
    again = post(own, token=token, do="appeal", text="Once more.")
    assert (again.status_code, "You can ask once." in again.text) == (409, True)
    assert "Once more." in again.text

    review = "/api/v1/review"
    (item,) = client.get(f"{review}/appeals", headers=reviewing).get_json()["appeals"]
    body = {"outcome": "overturn", "note": "Fine.", "answer": "<b>You are right.</b>"}
    client.post(f"{review}/appeals/{item['id']}/decisions", json=body, headers=reviewing)

    page = post(own, token=token).text
    assert "The review is finished: your comment is published." in page
    assert "&lt;b&gt;You are right.&lt;/b&gt;" in page


def test_what_a_rule_refuses_can_be_appealed_from_its_page(
    client, post, sent, reviewing, change_site
):
    change_site(settings={"block_words": ["zeppelin"]})

    page = sent("A friendly zeppelin.")

    assert (page.status_code, "Ask for a review" in page.text) == (422, True)
    assert "A rule of this site decided this automatically." in page.text
    token = re.search(r'name="token" value="([^"]+)"><button[^>]*>Ask for', page.text)[1]
    own = address(page)
    assert "Why should the comment be published?" in post(own, token=token).text
    post(own, token=token, do="appeal", text="It is a ship.")
    (item,) = client.get("/api/v1/review/appeals", headers=reviewing).get_json()["appeals"]
    assert (item["by_rule"], item["text"]) == (True, "It is a ship.")
