"""Profanities of every listed language, disguised and inflected, beside innocent texts in it."""

from pathlib import Path

import pytest

from moderation.filters.profanity.filter import find
from moderation.filters.profanity.language_lists import LANGUAGES, read_entries
from moderation.filters.text.document import Text

FOLDER = Path(__file__).parent / "languages"
ANY_LANGUAGE = (
    "Arschloch",
    "hijo de puta",
    "kurwa",
    "иди на хуй",
    "vaffanculo",
    "klootzak",
    "caralho",
    "enculé",
    "siktir git",
    "піздець",
)


def lines(language):
    """Return the harmful and the innocent lines of a language."""
    text = (FOLDER / f"{language}.txt").read_text(encoding="utf-8").removesuffix("== end\n")
    harmful, innocent = text.removeprefix("== harmful\n").split("== innocent\n")
    return harmful.splitlines(), innocent.splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
def test_profanities_of_a_language_are_found(language):
    harmful, _ = lines(language)

    assert len(harmful) >= 20
    assert [line for line in harmful if not find(Text(line))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_innocent_texts_in_a_language_are_left_alone(language):
    _, innocent = lines(language)

    assert len(innocent) >= 30
    assert [line for line in innocent if find(Text(line))] == []


@pytest.mark.parametrize("text", ANY_LANGUAGE)
def test_a_word_that_is_profane_only_needs_no_language(text):
    assert find(Text(text))


@pytest.mark.parametrize(
    "text",
    [
        "Die Hard is a film, and the die is cast.",
        "Faget er vanskelig.",
        "Je suis en retard pour le match.",
        "Prick klockan fem.",
        "Filmen är slut nu.",
        "I met Immanuel Kant's editor at the con.",
        "Con leche, por favor.",
        "The negro spiritual was sung in the church by the choir.",
        "Suka makan nasi goreng setiap hari.",
        "Jag fick ett brev och ficken är tom.",
        "Kurva mot vänster.",
        "A bok choy salad with a pot of rice and a rat in the kitchen.",
        "The hell of the north is a race in France.",
        "La pute de Sartre.",
        "Pica and porra are words, and so is foda.",
        "Culo y teta? No: culot et tête.",
    ],
)
def test_a_word_that_is_ordinary_elsewhere_counts_in_its_language_only(text):
    assert find(Text(text)) == []


def test_words_from_russian_are_found_in_english_texts():
    assert find(Text("Go back to your troll farm, vatnik."))
    assert find(Text("Those khokhols want more money, says the fool from Omsk."))
    assert find(Text("A vatnik is a padded jacket.")) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_has_no_word_twice_and_known_kinds_only(language):
    entries = [entry for entry, _ in read_entries(language)]

    assert len({entry.word for entry in entries}) == len(entries)
    assert all(entry.score and entry.word == entry.word.lower() for entry in entries)
    assert {entry.category for entry in entries} <= {
        *("sexual", "insult", "excrement", "anatomy", "ethnic", "orientation", "disability"),
        *("blasphemy", "violence"),
    }
