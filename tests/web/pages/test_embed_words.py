"""Explanations of the page without scripts before and after writing."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.web.pages.i18n import LANGUAGES, PAGE_WORDS, words
from moderation.web.pages.render import directed, outward
from tests.conftest import one_store

PAGE = "/embed/news/story"
TYPED = {"name": "Ada", "email": "", "website": "", "text": "Typed by hand."}
AT = datetime(2026, 3, 9, 8, 7, tzinfo=UTC)
WRITTEN = {
    "en": "9 March 2026, 08:07",
    "de": "9. März 2026, 08:07",
    "fr": "9 mars 2026 à 08:07",
    "es": "9 de marzo de 2026, 08:07",
    "uk": "9 березня 2026 р., 08:07",
    "ru": "9 марта 2026 г., 08:07",
    "ja": "2026年3月9日 08:07",
    "ar": "9 مارس 2026، 08:07",
    "it": "9 marzo 2026, 08:07",
    "nl": "9 maart 2026, 08:07",
    "pl": "9 marca 2026, 08:07",
    "pt-BR": "9 de março de 2026, 08:07",
    "sv": "9 mars 2026, 08:07",
    "cs": "9. března 2026, 08:07",
    "tr": "9 Mart 2026, 08:07",
    "zh": "2026年3月9日 08:07",
}


@pytest.fixture
def post(client):
    def send(path=PAGE, **fields):
        return client.post(path, data={**TYPED, **fields})

    return send


@pytest.fixture
def sent(post, clock):
    """Send a comment through both forms and return the page that answers."""

    def send(path=PAGE, **typed):
        token = re.search(r'name="token" value="([^"]+)"', post(path, **typed).text)[1]
        clock.advance(seconds=5)
        return post(path, **typed, token=token)

    return send


def own(page):
    return re.search(r'action="(/own/[^"]+)"', page.text)[1]


def key(page):
    return re.search(r'name="token" value="([^"]+)"', page.text)[1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_moment_is_written_as_its_language_writes_it(lang):
    assert words(lang).date(AT) == words(lang).date("2026-03-09T08:07:59.123456Z") == WRITTEN[lang]
    assert words(lang).date(AT.astimezone(datetime.now().astimezone().tzinfo)) == WRITTEN[lang]


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(1, "1 s"), (90, "90 s"), (60, "1 min"), (120, "2 min"), (3600, "1 h"), (86_400, "24 h")],
)
def test_a_pause_is_written_in_the_largest_unit_that_fits(seconds, written):
    assert words("en").wait(seconds) == written


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_fills_in_the_same_places(lang):
    for name, text in PAGE_WORDS["en"].items():
        places = re.findall(r"\{\w+\}", text)
        assert sorted(re.findall(r"\{\w+\}", PAGE_WORDS[lang][name])) == sorted(places), name


@one_store
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_has_dates_in_words_and_explains_its_two_steps(
    make_comment, session, client, post, lang
):
    make_comment()
    session.execute(update(Comment).values(created_at=AT))
    session.execute(update(Post).values(version=Post.version + 1))
    session.commit()

    page = client.get(f"{PAGE}?lang={lang}").text
    shown = post(f"{PAGE}?lang={lang}").text

    assert f"{WRITTEN[lang]} UTC</time>" in page
    assert 'datetime="2026-03-09T08:07:00Z"' in page
    assert words(lang).page("step") in page
    assert words(lang).page("limit") in page
    assert words(lang).page("unsent") in shown


@one_store
def test_each_wrong_field_has_its_sentence_and_points_to_it(post, change_site):
    change_site(settings={"website_field": True})
    page = post(name="", email="nobody", website="nowhere", text="y" * 10_042).text

    for name, sentence in {
        "name": "Please enter a name",
        "email": "not a valid e-mail address",
        "website": "begins with https://",
        "text": "Your text has 10,042 characters; 10,000 are possible.",
    }.items():
        field = re.search(rf'<(?:input|textarea)[^>]*id="{name}"[^>]*>', page)[0]
        assert 'aria-invalid="true"' in field
        assert f'aria-describedby="{name}-problem' in field
        assert sentence in re.search(rf'id="{name}-problem">([^<]+)<', page)[1]
    assert "y" * 10_042 in page
    assert "Nothing is posted yet." in page


@one_store
def test_nothing_is_cut_off_by_the_field(client):
    area = re.search(r"<textarea[^>]*>", client.get(PAGE).text)[0]

    assert "maxlength" not in area


@one_store
def test_slow_mode_and_premoderation_are_announced_before_writing(client, change_site, post):
    change_site(settings={"slow_seconds": 300})

    for page in (client.get(PAGE), post()):
        assert "One person can post a comment here every 5 min." in page.text
    change_site(settings={"sections": [{"prefix": "st", "state": "premoderated"}]})
    for page in (client.get(PAGE), post()):
        assert "appear here once a moderator has approved them" in page.text


@one_store
def test_a_post_that_takes_no_comments_has_a_sentence_in_place_of_the_form(
    client, change_site, signed_event, post
):
    change_site(settings={"announced_posts_only": True})
    unknown = client.get(PAGE)
    refused = post()
    signed_event("post.published", {"post": "story"})
    announced = client.get(PAGE)
    signed_event("post.closed", {"post": "story"})
    closed = client.get(PAGE)

    for page in (unknown, closed):
        assert "Comments are closed." in page.text
        assert "<form" not in page.text
        assert "Be the first" not in page.text
    assert "<form" in announced.text
    assert refused.status_code == 422
    assert "Comments were closed while you were writing." in refused.text
    assert "Typed by hand." in refused.text


@one_store
def test_an_answer_to_a_comment_that_is_gone_can_be_sent_by_itself(
    client, make_comment, post, clock
):
    parent = make_comment("Soon regretted.")
    headers = {"X-Edit-Token": parent["edit_token"]}
    client.delete(f"/api/v1/comments/{parent['comment']['id']}", headers=headers)

    refused = post(parent_id=parent["comment"]["id"])
    clock.advance(seconds=5)
    left = re.search(r'name="parent_id" value="([^"]*)"', refused.text)[1]
    again = post(parent_id=left, token=key(refused))

    assert refused.status_code == 422
    assert "The comment you are replying to is gone." in refused.text
    assert again.status_code == 201


@one_store
def test_work_that_scripts_do_is_announced_as_waiting(make_app, site, change_site):
    change_site(settings={"work_bits": 8, "work_when": "always"})
    client = make_app(ratelimit_enabled=True).test_client()

    for page in (client.get(PAGE), client.post(PAGE, data=TYPED)):
        assert "comments from this page wait for a moderator" in page.text


@one_store
def test_the_answered_comment_is_shown_above_both_forms(client, make_comment, post):
    parent = make_comment("The *roof* leaks.", name="Wren")["comment"]["id"]

    form = client.get(f"{PAGE}?reply={parent}").text
    shown = post(parent_id=parent).text

    for page in (form, shown):
        above = page.partition("<textarea")[0].rpartition('class="answering"')[2]
        assert "Wren" in above
        assert "<em>roof</em>" in above
        assert ">Reply to Wren</label>" in page


@one_store
@pytest.mark.parametrize("query", ["reply", "replies"])
@pytest.mark.parametrize("gone", ["nonsense", "018f0000-0000-7000-8000-000000000000"])
def test_a_link_to_a_comment_that_is_gone_is_explained(client, query, gone):
    page = client.get(f"{PAGE}?{query}={gone}")

    assert page.status_code == 200
    assert "The comment is no longer here." in page.text


@one_store
def test_replies_beyond_a_hundred_are_reached_page_by_page(client, floods_pass, make_comment):
    parent = make_comment("Asked of many.")["comment"]["id"]
    for number in range(103):
        reply = f"Answer {number} of many, each its own."
        make_comment(reply, name=f"Reader {number}", parent_id=parent)

    first = client.get(f"{PAGE}?replies={parent}").text
    link = re.search(r'class="wide" href="([^"]+)"', first)[1].replace("&amp;", "&")
    second = client.get(f"{PAGE}{link}").text

    assert first.count("<article") == 101
    assert second.count("<article") == 4
    assert "Answer 102 of many" in second
    assert 'class="wide"' not in second
    assert "All comments" in first


@one_store
def test_a_reply_by_itself_leads_to_its_parent(client, make_comment):
    parent = make_comment("Asked first.")["comment"]["id"]
    reply = make_comment("Answered.", parent_id=parent)["comment"]["id"]

    page = client.get(f"{PAGE}?replies={reply}").text

    assert f'href="?replies={parent}#comment-{parent}"' in page
    assert "Asked first." not in page


@one_store
def test_a_published_reply_is_linked_where_it_can_be_seen(client, make_comment, sent):
    parent = make_comment("Asked first.")["comment"]["id"]

    page = sent(parent_id=parent)
    link = re.search(r'class="wide" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
    path, _, anchor = link.partition("#")

    assert f'id="{anchor}"' in client.get(path).text


@one_store
def test_a_refused_edit_is_explained_on_the_authors_page_later_too(client, sent, change_site):
    change_site(settings={"block_words": ["zeppelin"]})
    page = sent()
    client.post(own(page), data={"token": key(page), "do": "save", "text": "Buy my zeppelin."})

    looked = client.post(own(page), data={"token": key(page)})

    assert "words or links that this site does not allow" in looked.text
    assert "Buy my zeppelin." in looked.text


@one_store
def test_a_ban_has_its_end_in_words_and_its_reason_with_a_label(
    client, sent, post, reviewing, clock
):
    clock.now = AT
    mail = "bo@mail.example"
    page = sent(text="Nobody may read this shit here yet.", email=mail)
    queue = client.get("/api/v1/review/queue", headers=reviewing).get_json()
    author = queue["items"][0]["comment"]["author"]["key"]
    until = AT + timedelta(days=3)
    ban = {"reason": "Insults, <b>three</b> times.", "until": until.isoformat()}
    path = f"/api/v1/review/sites/news/authors/{author}/ban"
    assert client.put(path, json=ban, headers=reviewing).status_code < 300

    refused = sent(f"{PAGE}?lang=fr", text="Let me in again.", email=mail)

    assert page.status_code == 202
    assert "Motif : Insults, &lt;b&gt;three&lt;/b&gt; times." in refused.text
    assert "Cette restriction dure jusqu’au 12 mars 2026 à 08:07 UTC." in refused.text


@pytest.mark.parametrize(
    ("html", "marked"),
    [
        ("<p>a</p>\n<p>b</p>", '<p dir="auto">a</p>\n<p dir="auto">b</p>'),
        (
            "<blockquote>\n<p>a</p>\n</blockquote>\n<p>b</p>",
            '<blockquote dir="auto">\n<p>a</p>\n</blockquote>\n<p dir="auto">b</p>',
        ),
        (
            '<ol start="3">\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ol><pre><code>c</code></pre>',
            '<ol dir="auto" start="3">\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ol>'
            '<pre dir="auto"><code>c</code></pre>',
        ),
    ],
)
def test_the_outer_blocks_of_a_comment_find_their_own_direction(html, marked):
    assert directed(html) == marked


def test_words_that_look_like_markup_stay_words():
    html = "<p>&lt;a href=&quot;x&quot;&gt; &lt;p&gt;</p>"

    assert outward(html) == html.replace("<p>", '<p dir="auto">')
