"""A site names the languages it takes; texts that are surely in another one are held."""

import re
from pathlib import Path

import pytest

from moderation import filters
from moderation.domain.judgement import Draft, Rules
from moderation.domain.languages import LANGUAGES, names, takes
from moderation.domain.reasons import Code
from moderation.domain.status import Outcome
from moderation.filters.text import language_id
from moderation.policy import decide

ROOT = Path(__file__).parents[2]
SPANISH = "No creo que esta sea una buena idea para los que viven cerca del puente."


def judged(text, *languages):
    rules = Rules(languages=languages)
    return decide(filters.run(Draft(text), rules=rules), rules)


def test_a_text_in_a_language_that_the_site_omits_is_held_with_both_named():
    verdict = judged(SPANISH, "en", "de", "fr")

    assert verdict.outcome is Outcome.HOLD
    assert [(c.signal.code, c.signal.explanation) for c in verdict.causes] == [
        (
            Code.OTHER_LANGUAGE,
            "The text is in Spanish; this site takes English, German and French.",
        )
    ]


@pytest.mark.parametrize("languages", [(), ("es",), ("en", "es")])
def test_a_text_in_one_of_the_languages_of_a_site_is_taken(languages):
    assert judged(SPANISH, *languages).outcome is Outcome.APPROVE


@pytest.mark.parametrize(
    "text",
    ["Gracias!", "Joaquín Sabina", "https://www.example.org/una/noticia", "ok", "😀", "2026", ""],
)
def test_a_text_of_unknown_language_is_not_held_for_it(text):
    verdict = judged(text, "en")

    assert Code.OTHER_LANGUAGE not in {cause.signal.code for cause in verdict.causes}


def test_no_threshold_publishes_a_text_in_another_language():
    rules = Rules(languages=("en",), thresholds={})

    assert decide(filters.run(Draft(SPANISH), rules=rules), rules).outcome is Outcome.HOLD


@pytest.mark.parametrize(
    ("taken", "language", "is_taken"),
    [
        ((), "fr", True),
        (("fr",), "fr", True),
        (("en",), "fr", False),
        (("en",), "unknown", True),
        (("no",), "da", True),
        (("hr", "en"), "sr", True),
        (("cs",), "sk", True),
        (("ru",), "uk", False),
        (("de",), "nl", False),
    ],
)
def test_languages_that_are_hardly_told_apart_count_as_one(taken, language, is_taken):
    assert takes(taken, language) is is_taken


def test_names_of_languages_are_listed_as_in_a_sentence():
    assert names(["de"]) == "German"
    assert names(["de", "en"]) == "German and English"
    assert names(["de", "en", "uk"]) == "German, English and Ukrainian"
    assert names([]) == ""


def test_every_language_that_is_recognised_can_be_chosen():
    codes = set(language_id.codes())

    assert codes == set(LANGUAGES)


def test_the_console_offers_these_languages():
    fields = ROOT / "moderation" / "console" / "assets" / "settings" / "fields.js"
    offered = re.search(r'RECOGNISED = "([a-z ]+)"', fields.read_text())

    assert offered is not None
    assert offered[1].split() == list(LANGUAGES)
