"""The table of codes, and codes from another release."""

import pytest

from moderation.domain.reasons import CODES, Code, Reason, facts_of
from moderation.domain.verdict_records import because


def test_a_stored_code_has_the_description_of_its_row():
    assert all(facts_of(code.value) is CODES[code] for code in Code)


def test_a_code_of_a_newer_release_is_shown_and_breaks_no_page():
    cause = {"code": "NOT_YET_INVENTED", "outcome": "hold"}

    assert because([cause], "hold") == "Held because a newer release found something."
    assert facts_of("NOT_YET_INVENTED").reason is Reason.OTHER


@pytest.mark.parametrize(
    ("codes", "sentence"),
    [
        (["PROFANITY"], "it contains profanity"),
        (["PROFANITY", "LINKS"], "it contains profanity and contains many links"),
        (["TOXICITY", "OBSCENE", "INSULT"], "it reads as toxic, obscene and an insult"),
        (
            ["PROFANITY", "TOXICITY", "OBSCENE", "DUPLICATE"],
            "it contains profanity, reads as toxic and obscene, and the same text was sent before",
        ),
        (["NEW_AUTHOR", "DUPLICATE"], "its author is new here and the same text was sent before"),
    ],
)
def test_the_sentence_about_a_verdict_names_its_subject_once(codes, sentence):
    causes = [{"code": code, "outcome": "hold"} for code in codes]

    assert because(causes, "hold") == f"Held because {sentence}."
