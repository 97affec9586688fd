"""The console's languages: whole translations, the choice of one, the script with the texts."""

import json
import re

import pytest

from moderation.domain.reasons import CODES, Reason
from moderation.domain.status import Status
from moderation.web.pages import console_words
from moderation.web.pages.console_words import SOURCE, languages
from moderation.web.pages.console_words import console_words as words_of
from moderation.web.pages.i18n import LANGUAGES, PLURALS

CATEGORIES = {"zero", "one", "two", "few", "many", "other"}
PARTS = sorted(path.stem for path in (SOURCE / "en").glob("*.json"))


def texts(lang, part):
    """Key → text or plural forms, of one file."""
    return dict(_walk(json.loads((SOURCE / lang / f"{part}.json").read_text()), part))


def _walk(node, path):
    # A plural has the names of forms alone.
    if isinstance(node, str) or node.keys() <= CATEGORIES:
        yield path, node
        return
    for name, each in node.items():
        yield from _walk(each, f"{path}.{name}")


def names_in(text):
    return sorted(re.findall(r"\{\w+\}", text))


def test_the_languages_are_those_of_the_widget():
    assert sorted(console_words.NAMES) == sorted(LANGUAGES)
    assert {path.name for path in SOURCE.iterdir()} <= set(LANGUAGES)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("lang", languages())
def test_a_translation_has_every_text_with_its_placeholders(lang, part):
    english, translated = texts("en", part), texts(lang, part)

    assert list(translated) == list(english)
    for key, text in english.items():
        given = translated[key]
        assert isinstance(given, str) == isinstance(text, str), key
        if isinstance(given, str):
            assert given.strip() == given != "", key
            assert names_in(given) == names_in(text), key


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("lang", languages())
def test_a_plural_has_exactly_the_forms_of_its_language(lang, part):
    numbers = {form: {n for n in range(200) if PLURALS[lang](n) == form} for form in CATEGORIES}
    needed = {form for form, which in numbers.items() if which}
    english = texts("en", part)
    for key, forms in texts(lang, part).items():
        if isinstance(forms, str):
            continue
        assert forms.keys() == needed, key
        wanted = names_in(english[key]["other"])
        for form, text in forms.items():
            # A form of one or two alone may say the number in words: "one reader".
            few = numbers[form] <= {0, 1, 2}
            allowed = [wanted, [name for name in wanted if name != "{n}"]] if few else [wanted]
            assert names_in(text) in allowed, (key, form)


def test_no_text_has_markup():
    for lang in languages():
        for part in PARTS:
            for key, text in texts(lang, part).items():
                for each in [text] if isinstance(text, str) else text.values():
                    assert not re.search(r"<\w|&\w+;", each), (lang, key)


def test_every_code_that_the_console_shows_has_a_text():
    common = json.loads((SOURCE / "en" / "common.json").read_text())

    assert common["findings"].keys() == {code.value for code in CODES}
    assert {facts.filter for facts in CODES.values()} <= common["filters"].keys()
    assert common["reasons"].keys() == {reason.value for reason in Reason}
    assert common["statuses"].keys() == {status.value for status in Status}


def test_the_page_is_in_the_language_of_the_choice_of_the_browser_or_in_english(client):
    def language(headers, cookie=None):
        client.delete_cookie("moderation.language")
        if cookie is not None:
            client.set_cookie("moderation.language", cookie)
        page = client.get("/review/login", headers=headers).get_data(as_text=True)
        return re.search(r'<html lang="([\w-]+)" dir="(\w+)"', page).groups()

    assert language({}) == ("en", "ltr")
    assert language({"Accept-Language": "tlh"}) == ("en", "ltr")
    for lang in languages():
        direction = "rtl" if lang == "ar" else "ltr"
        assert language({"Accept-Language": f"tlh, {lang};q=0.5"}) == (lang, direction)
        assert language({}, lang) == (lang, direction)
    assert language({"Accept-Language": "de"}, "en") == ("en", "ltr")
    assert language({}, '../"><script>') == ("en", "ltr")


def test_the_script_with_the_texts_is_kept_for_good_at_the_address_of_its_content(client):
    address = words_of("en").address
    answer = client.get(address)
    other = client.get("/review/words/en-0000.js")

    assert answer.status_code == other.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    # Nodes of two releases run during an upgrade.
    assert other.headers["Cache-Control"] == "public, max-age=60"
    assert answer.data == other.data
    assert address in client.get("/review/login").get_data(as_text=True)
    given = json.loads(answer.get_data(as_text=True).removeprefix("globalThis.consoleWords="))
    assert given["common"]["undo"] == "Undo"
    assert "pages" not in given


@pytest.mark.parametrize("name", ["xx-0000", "-", "..%2Fen-1", "en", "x" * 500])
def test_no_other_words_are_served(client, name):
    assert client.get(f"/review/words/{name}.js").status_code == 404


def test_a_text_that_a_translation_lacks_is_english(tmp_path, monkeypatch):
    for lang in ("en", "pl"):
        (tmp_path / lang).mkdir()
    english = {"a": "One", "b": "Two", "n": {"one": "{n} word", "other": "{n} words"}}
    polish = {"b": "Dwa", "n": {"one": "{n} słowo", "few": "{n} słowa", "many": "{n} słów"}}
    (tmp_path / "en" / "part.json").write_text(json.dumps(english))
    (tmp_path / "pl" / "part.json").write_text(json.dumps(polish))
    monkeypatch.setattr(console_words, "SOURCE", tmp_path)
    words_of.cache_clear()
    try:
        words = words_of("pl")
        assert [words.t("part.a"), words.t("part.b")] == ["One", "Dwa"]
        assert [words.t("part.n", n=n) for n in (1, 2, 5)] == ["1 słowo", "2 słowa", "5 słów"]
    finally:
        words_of.cache_clear()


def test_values_are_escaped_in_a_text():
    text = words_of("en").t("pages.side.loggedInAs", name="<b>")

    assert text == "Logged in as &lt;b&gt;"
