"""Answers with scores: their shape, spans, thresholds and languages."""

import pytest

from moderation.filters.attributes import ATTRIBUTES
from moderation.services.compat.perspective import answers
from moderation.services.compat.perspective.answers import Choices
from moderation.services.compat.perspective.errors import Refused
from moderation.services.compat.perspective.requests import analysis_of

TWO = "The committee meets on Tuesday. You are an idiot and a moron."
JAPANESE = "今日はとても良い天気ですね。みなさんもそう思いますか。"


def ask(text=TWO, attributes=("TOXICITY",), choices=answers.GENEROUS, **given):
    asked = attributes if isinstance(attributes, dict) else {name: {} for name in attributes}
    return answers.answer(
        analysis_of({"comment": {"text": text}, "requestedAttributes": asked, **given}), choices
    )


def refusal(*arguments, **given) -> dict:
    with pytest.raises(Refused) as caught:
        ask(*arguments, **given)
    return caught.value.body()["error"]


def test_every_attribute_has_a_summary_and_a_span_over_everything():
    found = ask(attributes=ATTRIBUTES)

    assert next(iter(found)) == "attributeScores"
    assert list(found["attributeScores"]) == list(ATTRIBUTES)
    for scores in found["attributeScores"].values():
        summary = scores["summaryScore"]
        assert 0.0 <= summary["value"] <= 1.0
        assert summary["type"] == "PROBABILITY"
        assert scores["spanScores"] == [{"begin": 0, "end": len(TWO), "score": summary}]


def test_span_annotations_score_each_sentence():
    found = ask(attributes=("TOXICITY", "PROFANITY"), spanAnnotations=True)

    for name in ("TOXICITY", "PROFANITY"):
        spans = found["attributeScores"][name]["spanScores"]
        assert [TWO[s["begin"] : s["end"]] for s in spans] == [
            "The committee meets on Tuesday.",
            "You are an idiot and a moron.",
        ]
        assert spans[0]["score"]["value"] < 0.3 < spans[1]["score"]["value"]


def test_profanity_counts_in_its_own_sentence():
    text = "What a shitty day. The committee meets on Tuesday."
    found = ask(text, ("PROFANITY",), spanAnnotations=True)["attributeScores"]["PROFANITY"]

    assert found["spanScores"][0]["score"]["value"] > found["spanScores"][1]["score"]["value"]


def test_spam_has_one_span_whatever_is_asked():
    found = ask(attributes=("SPAM", "TOXICITY"), spanAnnotations=True)["attributeScores"]

    assert len(found["SPAM"]["spanScores"]) == 1
    assert len(found["TOXICITY"]["spanScores"]) == 2


def test_spans_are_counted_in_utf_16_units():
    text = "I like 😀😀 a lot. You are an idiot."
    spans = ask(text, spanAnnotations=True)["attributeScores"]["TOXICITY"]["spanScores"]
    units = text.encode("utf-16-le")

    last = spans[-1]
    assert units[2 * last["begin"] : 2 * last["end"]].decode("utf-16-le") == "You are an idiot."
    assert last["end"] == len(units) // 2
    whole = ask(text)["attributeScores"]["TOXICITY"]["spanScores"]
    assert whole[0]["end"] == len(units) // 2


def test_spans_of_html_are_places_in_the_html():
    text = "<p>The committee meets on 😀 Tuesday.</p><p>You are an <b>idiot</b>.</p>"
    found = ask(text, spanAnnotations=True, comment={"text": text, "type": "HTML"})
    units = text.encode("utf-16-le")
    last = found["attributeScores"]["TOXICITY"]["spanScores"][-1]

    assert units[2 * last["begin"] : 2 * last["end"]].decode("utf-16-le") == (
        "You are an <b>idiot</b>."
    )


def test_html_without_text_is_empty():
    error = refusal(comment={"text": "<p> </p>", "type": "HTML"})

    assert error["details"][0]["errorType"] == "COMMENT_EMPTY"


def test_scores_below_their_threshold_are_left_out():
    low = ask(attributes={"TOXICITY": {"scoreThreshold": 2}, "INSULT": {"scoreThreshold": "0.1"}})
    none = ask(attributes={"TOXICITY": {"scoreThreshold": 2}})

    assert list(low["attributeScores"]) == ["INSULT"]
    assert none == {"languages": ["en"], "detectedLanguages": ["en"]}


def test_a_token_is_echoed_and_absent_when_it_was_absent():
    assert ask(clientToken="abc")["clientToken"] == "abc"
    assert ask(clientToken="")["clientToken"] == ""
    assert "clientToken" not in ask()


def test_other_names_of_an_attribute_have_the_same_score():
    names = ("TOXICITY", "TOXICITY@6", "TOXICITY_EXPERIMENTAL", "TOXICITY_FAST")
    found = ask(attributes=names)["attributeScores"]

    assert list(found) == list(names)
    assert len({scores["summaryScore"]["value"] for scores in found.values()}) == 1


def test_attributes_without_a_detector_are_dropped_while_others_remain():
    asked = ("FLIRTATION", "TOXICITY")

    assert list(ask(attributes=asked)["attributeScores"]) == ["TOXICITY"]
    strict = refusal(attributes=asked, choices=Choices(strict=True))
    assert strict["message"].startswith("Unknown requested attribute: FLIRTATION.")
    assert "SPAM" in refusal(attributes=("FLIRTATION",))["message"]


def test_languages_are_those_sent_or_detected():
    german = "Das ist wirklich ein schöner Artikel, und ich danke der Redaktion dafür."

    assert ask()["languages"] == ask()["detectedLanguages"] == ["en"]
    assert ask(german)["detectedLanguages"] == ["de"]
    assert ask(german, languages=["en"]) | {"attributeScores": {}} == {
        "attributeScores": {},
        "languages": ["en"],
        "detectedLanguages": ["de"],
    }
    assert ask(languages="en-US")["languages"] == ["en-US"]


def test_an_undetectable_language_is_the_sites_own_unless_it_is_strict():
    assert ask("ok")["detectedLanguages"] == ["en"]
    assert ask("ok", choices=Choices(language="de"))["languages"] == ["de"]
    assert ask("ok", languages=["fr"])["detectedLanguages"] == ["fr"]
    error = refusal("ok", choices=Choices(strict_language=True))
    assert error["message"] == "Unable to detect language"
    assert error["details"][0]["errorType"] == "LANGUAGE_DETECTION_FAILED"


def test_a_language_that_nothing_reads_is_an_error_or_dropped():
    sent = refusal(languages=["ja"])["details"][0]
    found = refusal(JAPANESE)["details"][0]

    assert sent["errorType"] == found["errorType"] == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"
    assert sent["languageNotSupportedByAttributeError"] == {
        "requestedLanguages": ["ja"],
        "attribute": "TOXICITY",
    }
    assert found["languageNotSupportedByAttributeError"] == {
        "detectedLanguages": ["ja"],
        "attribute": "TOXICITY",
    }
    assert ask(JAPANESE, dropUnsupportedAttributes=True) == {
        "languages": ["ja"],
        "detectedLanguages": ["ja"],
    }
    both = ask(TWO, ("TOXICITY", "SPAM"), languages=["zh"], dropUnsupportedAttributes=True)
    assert list(both["attributeScores"]) == ["SPAM"]


def test_an_undetectable_text_is_read_in_the_language_that_was_sent_or_chosen():
    def language(choices=answers.GENEROUS, **given):
        asked = analysis_of(
            {"comment": {"text": "ok é 😀"}, "requestedAttributes": {"TOXICITY": {}}, **given}
        )
        return answers.prepare(asked, choices).text.language.code

    assert language() == "en"
    assert language(languages=["it"]) == "it"
    assert language(Choices(language="de")) == "de"


def test_an_insult_with_a_friendly_sign_is_still_one():
    for text in ("you idiot é 😀", "you moron é 😀", "Shut up, idiot 🙂"):
        assert ask(text)["attributeScores"]["TOXICITY"]["summaryScore"]["value"] > 0.5


def test_a_language_that_was_sent_lets_a_text_be_read_that_is_detected_as_another():
    # Recognised as Latin, which nothing reads.
    latin = "Hoc loco non est sed cum nos in et non est quod sunt"

    assert ask(latin, languages=["en"])["attributeScores"]["TOXICITY"]["summaryScore"]["value"] > 0


@pytest.mark.parametrize("text", ["\0", "a\0b", "\u202e", "\U0010ffff" * 40, "x" * 20_480])
def test_any_text_is_answered(text):
    found = ask(text, ATTRIBUTES, spanAnnotations=True)

    length = len(text.encode("utf-16-le")) // 2
    for scores in found["attributeScores"].values():
        assert all(0 <= s["begin"] <= s["end"] <= length for s in scores["spanScores"])
