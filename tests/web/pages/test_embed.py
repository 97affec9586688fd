"""Comments without JavaScript: the page, its plain form and the feeds."""

import re
from datetime import timedelta
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from sqlalchemy import update

from moderation.storage.models.comments import Comment

HELD = "Nobody may read this shit here yet."
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def read(client):
    def get(path="/embed/news/story", **headers):
        return client.get(path, headers=headers)

    return get


@pytest.fixture
def post_form(client):
    def post(path="/embed/news/story", **fields):
        typed = {"name": "Ada", "email": "", "website": "", "text": "Typed by hand.", **fields}
        return client.post(
            path, data=urlencode(typed), content_type="application/x-www-form-urlencoded"
        )

    return post


def token_in(page):
    return re.search(r'name="token" value="([^"]+)"', page.text)[1]


def test_the_page_shows_what_is_published_and_nothing_that_is_held(make_comment, read):
    shown = make_comment("What a **good** idea.")
    held = make_comment(HELD)

    page = read()

    assert (shown["http"], held["http"]) == (201, 202)
    assert "<strong>good</strong>" in page.text
    assert f'id="comment-{shown["comment"]["id"]}"' in page.text
    assert "1 comment<" in page.text
    assert "Nobody may read" not in page.text


def test_the_page_is_asked_for_again_with_its_etag(make_comment, read):
    make_comment()
    first = read()

    again = read(**{"If-None-Match": first.headers["ETag"]})
    make_comment("Another remark altogether.")
    changed = read(**{"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "no-cache"
    assert (again.status_code, again.data) == (304, b"")
    assert changed.status_code == 200


def test_the_page_runs_nothing_and_only_the_site_may_frame_it(read):
    policy = read().headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self' https://news.example" in policy


def test_the_page_speaks_the_language_that_is_asked_for(make_comment, read):
    for number in range(2):
        make_comment(f"Remark number {number}, and quite another.")

    german, arabic = read("/embed/news/story?lang=de"), read("/embed/news/story?lang=ar")

    assert "2 Kommentare" in german.text
    assert 'lang="ar" dir="rtl"' in arabic.text
    assert "تعليقان" in arabic.text


def test_a_fragment_has_no_page_around_it(make_comment, read):
    make_comment()

    fragment = read("/embed/news/story?fragment=1").text

    assert fragment.startswith("<section")
    assert "<html" not in fragment


def test_a_typed_comment_is_previewed_before_it_is_taken(post_form, client):
    page = post_form(text="A *second* look.")

    listed = client.get("/api/v1/sites/news/posts/story/comments").get_json()
    assert page.status_code == 200
    assert "A <em>second</em> look." in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert listed["comments"] == []


def test_the_token_of_the_second_page_publishes(post_form, clock, client):
    token = token_in(post_form())
    clock.advance(seconds=5)

    sent = post_form(token=token)

    listed = client.get("/api/v1/sites/news/posts/story/comments").get_json()
    assert sent.status_code == 201
    assert "Published." in sent.text
    assert [c["text"] for c in listed["comments"]] == ["Typed by hand."]


def test_a_token_of_another_post_takes_nothing(post_form, clock, client):
    token = token_in(post_form("/embed/news/other"))
    clock.advance(seconds=5)

    again = post_form(token=token)

    assert again.status_code == 200
    assert client.get("/api/v1/sites/news/posts/story/comments").get_json()["comments"] == []


def test_who_is_banned_reads_why_and_until_when(post_form, clock, client, reviewing):
    mail = "bo@mail.example"
    token = token_in(post_form(text=HELD, email=mail))
    clock.advance(seconds=5)
    post_form(text=HELD, email=mail, token=token)
    queue = client.get("/api/v1/review/queue", headers=reviewing).get_json()
    key = queue["items"][0]["comment"]["author"]["key"]
    until = (clock.now + timedelta(days=3)).replace(microsecond=0)
    ban = {"reason": "Insults, <b>three</b> times.", "until": until.isoformat()}
    client.put(f"/api/v1/review/sites/news/authors/{key}/ban", json=ban, headers=reviewing)

    again = post_form(text="Let me in again.", email=mail, token=token, path="/embed/news/story")

    assert again.status_code == 422
    assert "Insults, &lt;b&gt;three&lt;/b&gt; times." in again.text
    assert f"{until:%Y-%m-%d %H:%M}" in again.text


def test_a_held_comment_is_announced_to_its_author_and_not_shown(post_form, clock, read):
    token = token_in(post_form(text=HELD))
    clock.advance(seconds=5)

    sent = post_form(text=HELD, token=token)

    assert sent.status_code == 202
    assert "Waiting for a moderator" in sent.text
    assert "Nobody may read" not in read().text


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": ""}, "Please enter a name"),
        ({"text": " "}, "Please write something"),
        ({"text": "long " * 2_001}, "10,000 are possible"),
        ({"email": "nobody"}, "not a valid e-mail address"),
        ({"parent_id": "x"}, "is gone"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_that_was_typed_is_lost(post_form, wrong, message):
    page = post_form(**{"text": "Typed with care.", **wrong})

    assert page.status_code == 422
    assert message in page.text
    assert wrong.get("text") or "Typed with care." in page.text


def test_the_form_asks_for_a_website_only_where_the_site_does(post_form, read, change_site):
    assert 'name="website"' not in read().text
    assert "begins with https://" not in post_form(website="nowhere").text

    change_site(settings={"website_field": True})

    assert 'name="website"' in read().text
    assert "begins with https://" in post_form(website="nowhere").text


def test_a_form_for_members_only_is_a_sentence(post_form, read, change_site, make_comment):
    make_comment("A remark from before.")
    token = token_in(post_form())
    change_site(settings={"identity": "members"})

    page, again = read(), post_form(token=token)

    assert "Only readers who are signed in on this site can comment." in page.text
    assert "A remark from before." in page.text
    assert "<form" not in page.text
    assert "reply=" not in page.text
    assert again.status_code == 422
    assert "Only readers who are signed in" in again.text
    assert "Typed by hand." in again.text


def test_typed_text_cannot_become_markup(post_form):
    page = post_form(
        name='"><script>alert(1)</script>', text="</textarea><script>alert(2)</script>"
    )

    assert "<script" not in page.text


def test_a_reply_names_whom_it_answers_and_lands_there(make_comment, post_form, read, clock):
    parent = make_comment(name="Wren")["comment"]["id"]
    assert ">Reply to Wren</label>" in read(f"/embed/news/story?reply={parent}").text
    token = token_in(post_form(parent_id=parent))
    clock.advance(seconds=5)

    sent = post_form(parent_id=parent, token=token)

    assert sent.status_code == 201
    assert "Typed by hand." in read(f"/embed/news/story?replies={parent}").text


def test_a_comment_of_another_post_is_not_drawn_into_the_page(make_comment, read):
    other = make_comment("Said elsewhere.", post="other")["comment"]["id"]

    assert "Said elsewhere." not in read(f"/embed/news/story?replies={other}").text


def test_many_comments_are_reached_page_by_page(floods_pass, make_comment, read):
    for number in range(52):
        make_comment(f"Remark {number} of many, each its own.", name=f"Reader {number}")

    first = read()
    link = re.search(r'class="wide" href="([^"]+)"', first.text)[1].replace("&amp;", "&")
    second = read(f"/embed/news/story{link}")

    assert first.text.count("<article") == 50
    assert second.text.count("<article") == 2


@pytest.mark.parametrize("feed", ["/feeds/news", "/feeds/news/story"])
def test_a_feed_has_the_published_comments_only_and_an_etag(make_comment, read, feed):
    shown = make_comment("Worth subscribing to.")["comment"]
    make_comment(HELD)
    make_comment("On another story.", post="other")

    answer = read(feed)

    entries = ElementTree.fromstring(answer.data).findall(f"{ATOM}entry")  # noqa: S314 -- our own feed
    assert f"urn:uuid:{shown['id']}" in [entry.find(f"{ATOM}id").text for entry in entries]
    assert len(entries) == (2 if feed == "/feeds/news" else 1)
    assert "Nobody may read" not in answer.text
    assert read(feed, **{"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_deleted_comment_leaves_the_feed(make_comment, client, read):
    made = make_comment("Soon regretted.")
    client.delete(
        f"/api/v1/comments/{made['comment']['id']}",
        headers={"Authorization": f"Bearer {made['edit_token']}"},
    )

    assert "regretted" not in read("/feeds/news/story").text


def test_the_page_marks_staff_and_featured_comments(make_comment, read, session, clock):
    made = make_comment()["comment"]["id"]
    assert 'class="tag' not in read().text
    session.execute(update(Comment).values(staff=True, featured_at=clock.now))
    session.commit()

    page = read("/embed/news/story?lang=fr").text

    assert f'id="comment-{made}"' in page
    assert '<span class="tag staff">Rédaction</span>' in page
    assert '<span class="tag staff">Sélection</span>' in page


def test_slow_mode_is_shown_on_the_page_without_scripts(post_form, clock, change_site):
    change_site(settings={"slow_seconds": 60})
    token = token_in(post_form())
    clock.advance(seconds=5)
    first = post_form(token=token)

    again = post_form(text="And one more remark.", token=token)

    assert (first.status_code, again.status_code) == (201, 429)
    assert "try again in" in again.text


def test_a_post_that_has_closed_by_its_age_shows_no_form(make_comment, read, clock, change_site):
    change_site(settings={"close_after_days": 1})
    make_comment()
    assert "<form" in read().text

    clock.advance(days=1)

    assert "<form" not in read().text
