"""Texts are cleaned on every way in, and refused where nothing of them can be seen."""

import pytest

from moderation.storage.models.comments import Comment
from moderation.storage.models.posts import Post
from moderation.web.database import db
from moderation.web.state import app_state
from tests.conftest import one_store

THREAD = "/api/v1/sites/news/posts/story/comments"
TYPED = "\ufeffThe \u202efirst\u202c page\x0cThe\x07 second\x85page\ufffe"
KEPT = "The first page\nThe second\npage"

NOTHING = [
    *("\u200b", "\u200d\ufeff", "\u3164", "\u2800", "\u00ad", "\u0301", "\U000e0041", "\x1b"),
    *("&nbsp;", "&#8203;", "&zwnj;&shy;", "[](https://e.example/)", ">", "> >", "```\n```", "~~~"),
    *("-", "1.", "- >", "**\u200b**", "`\u2800`", "<!-- -->", "![](https://e.example/a.png)"),
]


def pointers(answer):
    assert answer.status_code == 422
    body = answer.get_json()
    assert body["code"] == "validation_failed"
    return {error["pointer"] for error in body["errors"]}


def submit(client, text="A remark.", **author):
    return client.post(THREAD, json={"author": {"name": "Ada", **author}, "text": text})


@pytest.mark.parametrize("text", NOTHING)
@one_store
def test_a_text_of_which_readers_would_see_nothing_is_refused(client, make_comment, text):
    made = make_comment()
    own = {"Authorization": f"Bearer {made['edit_token']}"}

    assert pointers(submit(client, text)) == {"#/text"}
    preview = client.post("/api/v1/sites/news/preview", json={"text": text})
    assert pointers(preview) == {"#/text"}
    edit = client.patch(
        f"/api/v1/comments/{made['comment']['id']}", json={"text": text}, headers=own
    )
    assert pointers(edit) == {"#/text"}


@pytest.mark.parametrize("text", ["\\-", "…", "😀", "[x]", "<br>", "0", "&lt;", "- a", "> \u0939"])
@one_store
def test_a_text_of_which_readers_see_something_is_taken(client, text):
    assert submit(client, text).status_code in (201, 202)


def test_texts_are_cleaned_in_comments_previews_and_edits(client, make_comment):
    made = make_comment(TYPED)
    own = {"Authorization": f"Bearer {made['edit_token']}"}
    path = f"/api/v1/comments/{made['comment']['id']}"

    edited = client.patch(path, json={"text": f"Better. {TYPED}"}, headers=own).get_json()
    preview = client.post("/api/v1/sites/news/preview", json={"text": TYPED}).get_json()

    assert made["comment"]["text"] == "\ufeff" + KEPT
    assert edited["comment"]["text"] == f"Better. \ufeff{KEPT}"
    assert preview["html"] == "<p>\ufeffThe first page<br />\nThe second<br />\npage</p>".replace(
        "<br />", "<br>"
    )


@one_store
def test_entities_spell_nothing_that_the_text_may_not_hold(client):
    pile = "&#x301;" * 40
    answer = submit(client, f"An &#x202e;override, a bell &#7; and Z{pile}&#xfffe;")

    html = answer.get_json()["comment"]["html"]

    assert "\u202e" not in html
    assert "\x07" not in html
    assert html.count("\u0301") == 8


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\nb", "a b"),
        ("Ann\u2028Reed\x1b[31m", "Ann Reed[31m"),
        ("\u202eyrraB", "yrraB"),
        ("Z" + "\u0301" * 75, "Z" + "\u0301" * 4),
        ("Ann\u200b\u00ad", "Ann"),
        ("محمد\u200cرضا", "محمد\u200cرضا"),
        ("👩\u200d🚀 Ada", "👩\u200d🚀 Ada"),
    ],
)
@one_store
def test_names_are_cleaned(client, typed, kept):
    assert submit(client, name=typed).get_json()["comment"]["author"]["name"] == kept


@pytest.mark.parametrize("name", ["\u200b", "\u3164", "\u202e", "\u0301", "\x85", "\u2800\u00a0"])
@one_store
def test_a_name_of_which_nothing_can_be_seen_is_refused(client, signed_event, name):
    assert pointers(submit(client, name=name)) == {"#/author/name"}
    sent = {"post": "story", "author": {"name": name, "id": "u1"}, "text": "A remark."}
    assert pointers(signed_event("comment.submitted", sent)) == {"#/data/author/name"}


def test_the_form_without_scripts_cleans_and_refuses_alike(client, app, session):
    form = {"name": "Ada\x1bn\nLove", "text": TYPED}
    page = client.post("/embed/news/story", data=form).get_data(as_text=True)
    token = page.partition('name="token" value="')[2].partition('"')[0]

    sent = client.post("/embed/news/story", data={**form, "token": token})
    empty = client.post("/embed/news/story", data={**form, "text": "&nbsp;", "token": token})
    asked = client.post("/embed/news/story", data={**form, "text": "-"})

    comment = session.query(Comment).one()
    assert (comment.author_name, comment.text) == ("Adan Love", "\ufeff" + KEPT)
    assert sent.status_code in (201, 202)
    assert empty.status_code == asked.status_code == 422
    edit = {"do": "save", "text": ">", "token": app_state(app).signing.edit_token(comment.id)}
    assert client.post(f"/own/{comment.id}", data=edit).status_code == 422


def test_signed_events_clean_titles_names_and_texts(signed_event, session):
    signed_event("post.published", {"post": "story", "title": "One\u2028two \u202ethree\x07"})
    sent = {
        "post": "other",
        "title": "A\x0ctitle",
        "author": {"name": "Ann\x1f", "id": "u1"},
        "text": TYPED,
    }
    answer = signed_event("comment.submitted", sent)

    titles = dict(session.query(Post.external_id, Post.title).all())
    assert titles == {"story": "One two three", "other": "A title"}
    assert answer.get_json()["comment"]["author"]["name"] == "Ann"
    assert answer.get_json()["comment"]["text"] == "\ufeff" + KEPT
    unseen = signed_event("comment.submitted", {**sent, "text": "[](https://e.example/)"})
    assert pointers(unseen) == {"#/data/text"}
    assert signed_event("post.updated", {"post": "story", "title": "\u200b"}).status_code == 200


@pytest.mark.parametrize(
    "id", ["a\x01b", "a\nb", "a\x9bb", "a\u2028b", "a\u202eb", "\u200b", "\ufffe"]
)
@one_store
def test_an_id_with_controls_or_of_nothing_is_refused_everywhere(client, signed_event, id):
    author = {"name": "Ada", "id": "u1"}
    path = "".join(f"%{byte:02x}" for byte in id.encode())

    answers = [
        client.post(
            f"/api/v1/sites/news/posts/{path}/comments",
            json={"author": {"name": "Ada"}, "text": "A remark."},
        ),
        client.get(f"/feeds/news/{path}"),
        signed_event("post.published", {"post": id}),
        signed_event("post.updated", {"post": "story", "new_id": id}),
        signed_event("comment.submitted", {"post": id, "author": author, "text": "A remark."}),
        signed_event(
            "comment.submitted",
            {"post": "story", "author": {**author, "id": id}, "text": "A remark."},
        ),
    ]

    assert [answer.status_code for answer in answers] == [422] * len(answers)


@pytest.mark.parametrize(
    "author",
    [
        {"website": "https://e.example/\x1b[31m"},
        {"website": "https://e.example/\u202egpj.exe"},
        {"website": "https://e.example/\n"},
        {"email": '"\x01"@mail.example'},
        {"email": "ada@mail.example\n"},
    ],
)
@one_store
def test_an_address_with_controls_is_refused(client, author):
    (field,) = author

    assert pointers(submit(client, **author)) == {f"#/author/{field}"}


def test_texts_of_moderators_are_cleaned(call, make_comment, change_site, session):
    made = make_comment()
    id = made["comment"]["id"]
    key = call("GET", f"/comments/{id}").get_json()["comment"]["author"]["key"]
    author = f"/sites/news/authors/{key}"

    note = call("POST", f"{author}/notes", {"text": TYPED}).get_json()["notes"][0]["text"]
    ban = call("PUT", f"{author}/ban", {"reason": TYPED}).get_json()["ban"]["reason"]
    decision = call("POST", f"/comments/{id}/decisions", {"outcome": "reject", "note": TYPED})
    title = call("PATCH", "/sites/news/settings", {"title": "The\x1b \u202eNews\nDesk"}).get_json()
    settings = {
        "guidelines": TYPED,
        "reserved_names": ["The\u2028Desk\u200b"],
        "block_words": ["sp\x07am"],
    }
    changed = call("PATCH", "/sites/news/settings", {"settings": settings}).get_json()

    assert note == ban == decision.get_json()["note"] == "\ufeff" + KEPT
    assert title["title"] == "The News Desk"
    assert changed["settings"]["guidelines"] == "\ufeff" + KEPT
    assert changed["settings"]["reserved_names"] == ["The Desk"]
    assert changed["settings"]["block_words"] == ["spam"]


@one_store
def test_invisible_texts_of_moderators_are_refused(call, make_comment):
    id = make_comment()["comment"]["id"]
    key = call("GET", f"/comments/{id}").get_json()["comment"]["author"]["key"]

    for method, path, body, pointer in (
        ("POST", f"/sites/news/authors/{key}/notes", {"text": "\u200b"}, "#/text"),
        ("PUT", f"/sites/news/authors/{key}/ban", {"reason": "\u3164"}, "#/reason"),
        ("POST", "/moderators", {"login": "\u200b"}, "#/login"),
        ("POST", "/moderators", {"login": "a\x1bb"}, "#/login"),
        ("POST", "/moderators", {"login": "ann", "display_name": "\u00ad"}, "#/display_name"),
        ("POST", "/tokens", {"name": "\u2800", "scopes": ["review"]}, "#/name"),
        ("PATCH", "/sites/news/settings", {"title": "\u200b"}, "#/title"),
        (
            "PATCH",
            "/sites/news/settings",
            {"settings": {"reserved_names": ["\u200b"]}},
            "#/settings/reserved_names/0",
        ),
    ):
        assert pointers(call(method, path, body)) == {pointer}, (path, body)


@pytest.mark.usefixtures("client")
def test_nul_in_a_search_is_refused_and_no_error(call):
    for path in ("/queue?author=%00", "/queue?q=%00", "/audit?actor=%00", "/queue?site=%00"):
        assert call("GET", path).status_code in (403, 404, 422), path
    for path in ("/sites/news/authors/%00", "/sites/news/authors/%00/comments"):
        assert call("GET", path).status_code in (404, 422), path
    made = call("POST", "/moderators", {"login": "ann", "sites": {"a\x00": "senior"}})
    assert made.status_code in (403, 422)


@one_store
def test_a_search_ignores_invisible_signs_in_the_query(call, make_comment):
    make_comment("Fireworks are banned.", name="Ann")

    found = call("GET", "/queue?status=approved&q=%C2%A0fire%E2%80%A8works").get_json()

    assert found["items"] == []
    assert len(call("GET", "/queue?status=approved&q=%1Bfireworks%0A").get_json()["items"]) == 1


@pytest.mark.usefixtures("moderator")
def test_a_reply_of_staff_is_cleaned(app, browser, make_comment, call):
    (mia,) = call("GET", "/moderators").get_json()["moderators"]
    call("PATCH", f"/moderators/{mia['id']}", {"display_name": "Mia\x07 Holt"})
    person = browser()
    person.log_in()
    id = make_comment()["comment"]["id"]

    answer = person.ask("POST", f"/comments/{id}/replies", {"text": TYPED})
    empty = person.ask("POST", f"/comments/{id}/replies", {"text": "&nbsp;"})

    with app.app_context():
        reply = db.session.query(Comment).filter(Comment.staff).one()
        assert (reply.author_name, reply.text) == ("Mia Holt", "\ufeff" + KEPT)
    assert answer.status_code == 201
    assert pointers(empty) == {"#/text"}
