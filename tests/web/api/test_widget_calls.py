"""The widget's calls beside lists: own comments, previews, context, files."""

import gzip
import json
import re

import pytest

from benchmarks import size
from moderation.web.pages import widget_bundle
from moderation.web.pages.i18n import LANGUAGES, PLURALS

SOURCES = sorted(widget_bundle.SOURCE.glob("*.js"))
HELD = "Nobody may read this shit here yet."


def own(client, *tokens, post="story"):
    return client.get(
        f"/api/v1/sites/news/posts/{post}/me", headers={"X-Edit-Token": ",".join(tokens)}
    )


def test_tokens_show_their_own_comments_of_any_status(make_comment, client):
    mine, held = make_comment(), make_comment(HELD)
    make_comment("By somebody else.", name="Wren")

    answer = own(client, mine["edit_token"], held["edit_token"])

    assert answer.headers["Cache-Control"] == "no-store"
    assert [(c["id"], c["status"]) for c in answer.get_json()["comments"]] == [
        (mine["comment"]["id"], "approved"),
        (held["comment"]["id"], "held"),
    ]
    assert answer.get_json()["comments"][0]["editable_seconds"] == 900


def test_a_token_shows_nothing_on_another_post_and_a_forged_one_nothing_at_all(
    make_comment, client
):
    held = make_comment(HELD)
    forged = held["edit_token"][:-2] + "xx"

    assert own(client, held["edit_token"], post="other").get_json() == {"comments": []}
    assert own(client, forged, "", "nonsense").get_json() == {"comments": []}
    assert own(client).get_json() == {"comments": []}


def test_the_time_to_edit_runs_out(make_comment, client, clock):
    made = make_comment()

    clock.advance(seconds=901)

    (comment,) = own(client, made["edit_token"]).get_json()["comments"]
    assert comment["editable_seconds"] == 0


def test_a_preview_is_rendered_as_a_comment_would_be_and_kept_nowhere(client):
    answer = client.post("/api/v1/sites/news/preview", json={"text": "*so* <b>what</b>"})

    assert answer.get_json() == {"html": "<p><em>so</em> &lt;b&gt;what&lt;/b&gt;</p>"}
    assert client.get("/api/v1/sites/news/counts?post=story").get_json()["counts"]["story"] == 0


def test_context_shows_a_comment_inside_those_it_answers(make_comment, client):
    first = make_comment()["comment"]["id"]
    second = make_comment("An answer to that.", parent_id=first)["comment"]["id"]
    third = make_comment("And one to this.", parent_id=second)["comment"]["id"]

    answer = client.get(f"/api/v1/comments/{third}/context").get_json()

    (root,) = answer["comments"]
    assert answer["post"] == "story"
    assert [root["id"], root["replies"][0]["id"], root["replies"][0]["replies"][0]["id"]] == [
        first,
        second,
        third,
    ]


def test_context_does_not_reveal_a_held_comment(make_comment, client):
    held = make_comment(HELD)["comment"]["id"]

    assert client.get(f"/api/v1/comments/{held}/context").status_code == 404


@pytest.mark.parametrize("path", ["context", "replies"])
def test_a_page_can_read_that_a_comment_is_unknown(make_comment, client, path):
    known = make_comment()["comment"]["id"]
    unknown = f"{'0' * 8}{known[8:]}"
    page = {"Origin": "https://anywhere.example"}

    missing = client.get(f"/api/v1/comments/{unknown}/{path}", headers=page)
    present = client.get(f"/api/v1/comments/{known}/{path}", headers=page)

    assert missing.status_code == 404
    assert missing.headers["Access-Control-Allow-Origin"] == "https://anywhere.example"
    # Of a comment that is there, such a page learns no more than that its origin is not listed.
    assert (present.status_code, present.json["code"]) == (403, "origin_not_allowed")


def test_the_pinned_script_is_the_stable_one_and_never_changes(client):
    release = client.get("/widget/release.json").get_json()["embed.js"]
    stable = client.get("/widget/embed.js")

    pinned = client.get(release["src"])

    assert pinned.data == stable.data
    assert "immutable" in pinned.headers["Cache-Control"]
    assert stable.headers["Cache-Control"] == "public, max-age=300"
    assert release["integrity"] == widget_bundle.integrity("embed.js")


def test_a_script_is_sent_compressed_to_those_who_understand_it(client):
    plain = client.get("/widget/embed.js")

    packed = client.get("/widget/embed.js", headers={"Accept-Encoding": "gzip"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data


@pytest.mark.parametrize("name", ["thread.js", "widget.css", "lang/xx.json", "../__init__.py", "x"])
def test_nothing_else_is_served_from_the_folder(client, name):
    assert client.get(f"/widget/{name}").status_code == 404


def texts(lang):
    """Return the texts of all scripts in a language, in one table."""
    table = json.loads((widget_bundle.SOURCE / "lang" / f"{lang}.json").read_text())
    for group in [table.pop(group) for group in widget_bundle.GROUPS]:
        table |= group
    return table


def test_there_are_sixteen_languages_and_a_file_for_each():
    files = {path.stem for path in (widget_bundle.SOURCE / "lang").iterdir()}

    assert files == set(LANGUAGES)
    assert len(files) == 16


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_script_has_its_part_of_every_language(client, lang):
    first = client.get(f"/widget/lang/{lang}.json").get_json()
    extras = client.get(f"/widget/lang/{lang}-extras.json").get_json()

    english = client.get("/widget/lang/en.json").get_json()
    assert list(first) == list(english)
    assert list(extras) == list(client.get("/widget/lang/en-extras.json").get_json())
    staff = client.get(f"/widget/lang/{lang}-moderating.json").get_json()
    assert list(staff) == list(client.get("/widget/lang/en-moderating.json").get_json())
    assert first | extras | staff == texts(lang)


def test_every_language_has_every_message_with_all_its_plurals():
    tables = {lang: texts(lang) for lang in LANGUAGES}
    for lang, table in tables.items():
        needed = {PLURALS[lang](n) for n in range(200)}
        for key, english in tables["en"].items():
            words = table[key]
            assert isinstance(words, str) == isinstance(english, str), (lang, key)
            if isinstance(words, str):
                assert names_in(words) == names_in(english), (lang, key)
            else:
                assert needed <= words.keys(), (lang, key)
        assert table.keys() == tables["en"].keys()


def names_in(words):
    return set(re.findall(r"\{\w+\}", words))


def test_the_widget_uses_only_messages_of_the_languages():
    source = "".join(path.read_text() for path in SOURCES)
    known = texts("en")
    used = set(re.findall(r'(?:\bt|(?<!\.)\badd)\("(\w+)"', source))

    assert used
    assert used <= known.keys()
    unsaid = {key for key in known if f'"{key}"' not in source}
    # Reason codes come from the service; the others are the pages' alone, or a button's name.
    codes = {"blocked_content", "looks_automated", "author_banned", "not_accepted"}
    assert unsaid <= codes | {"hint", "code", "bold", "quote"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_module_is_written_so_that_it_can_be_joined(path):
    source = path.read_text()

    assert source.count("\n") <= 200
    for use in re.findall(r".{6}#[a-z]\w*", source):
        assert "this.#" in use or re.search(r"\s#|async #|\"#|`#|/\^#|}#", use), use


def test_joined_modules_do_not_share_a_name():
    declared = r"(?m)^(?:export )?(?:async )?(?:function|const|let|class) (\w+)"
    names = [
        name
        for path in SOURCES
        if path.name != "counts.js"
        for name in re.findall(declared, path.read_text())
    ]

    assert len(names) == len(set(names))


def test_a_reader_downloads_no_more_than_the_budget(capsys):
    assert size.main() == 0, capsys.readouterr().out
