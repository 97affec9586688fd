"""A site's own reasons, and the sentences that authors read."""

import json

import pytest

from moderation.domain.errors import Invalid
from moderation.domain.reasons import CODES, Reason
from moderation.services.sites import reasons
from moderation.services.sites.settings_schema import check_settings
from moderation.web.pages import i18n

RUDE = {"code": "RUDE", "label": "Rude", "kind": "ABUSIVE", "sentences": {"de": "Zu grob."}}
HOUSE = {"code": "HOUSE", "label": "House rule", "sentences": {"de": "Siehe Hausregel 3."}}


def test_every_built_in_reason_has_a_sentence_in_every_language_of_the_widget():
    assert reasons.LANGUAGES == i18n.LANGUAGES
    public = {facts.public for facts in CODES.values()}
    for language in reasons.LANGUAGES:
        sentences = {reasons.public_sentence({}, code, language) for code in [*Reason, *public]}
        # Two codes of rules have the sentences of reasons.
        assert len(sentences) == len(Reason) + len(public) - 2
        assert all(0 < len(each) <= reasons.LONGEST_SENTENCE for each in sentences)


def test_a_site_without_a_list_has_the_built_in_reasons():
    listed = reasons.reasons_of({})

    assert {each.code for each in listed} == {reason.value for reason in Reason}
    assert [each.label for each in listed][:2] == ["Offensive", "Abusive"]


@pytest.mark.parametrize(
    ("code", "language", "sentence"),
    [
        ("RUDE", "de", "Zu grob."),
        ("RUDE", "de-AT", "Zu grob."),
        # No sentence of its own in this language: that of the same kind.
        ("RUDE", "en", "It insults or attacks another person."),
        # Of no kind: a sentence in another language is clearer than a general one.
        ("HOUSE", "en", "Siehe Hausregel 3."),
        ("SPAM", "en", "It looks like spam."),
        ("REMOVED_SINCE", "en", "It does not follow the rules of this site."),
        (None, "xx", "It does not follow the rules of this site."),
        (
            "blocked_content",
            "en",
            "It contains words or links that this site does not allow.",
        ),
    ],
)
def test_the_best_known_sentence_is_chosen(code, language, sentence):
    settings = check_settings({"reasons": [RUDE, HOUSE]})

    assert reasons.public_sentence(settings, code, language) == sentence


def test_a_code_must_be_built_in_or_in_the_list():
    settings = check_settings({"reasons": [RUDE]})

    for code in ("RUDE", "SPAM", None):
        reasons.require_known(settings, code)
    with pytest.raises(Invalid, match="RUDE"):
        reasons.require_known(settings, "HOUSE")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ([{**RUDE, "code": "rude"}], "#/reasons/0/code"),
        ([{**RUDE, "code": "A" * 33}], "#/reasons/0/code"),
        ([{"code": "RUDE"}], "#/reasons/0/label"),
        ([{**RUDE, "label": "\u200b"}], "#/reasons/0/label"),
        ([{**RUDE, "kind": "MADE_UP"}], "#/reasons/0/kind"),
        ([{**RUDE, "sentences": {"xx": "?"}}], "#/reasons/0/sentences/xx/key"),
        ([{**RUDE, "sentences": {"en": "x" * 301}}], "#/reasons/0/sentences/en/value"),
        ([RUDE, RUDE], "#/reasons/1/code"),
        ([{**RUDE, "code": f"R{n}"} for n in range(41)], "#/reasons"),
        ([{**RUDE, "surprise": 1}], "#/reasons/0/surprise"),
    ],
)
def test_a_wrong_list_is_refused_with_the_place(wrong, pointer):
    with pytest.raises(Invalid) as refused:
        check_settings({"reasons": wrong})

    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_a_site_at_the_limits_is_weighed_by_its_sentences():
    full = dict.fromkeys(reasons.LANGUAGES, "ж" * reasons.LONGEST_SENTENCE)
    listed = [{**RUDE, "code": f"R{n}", "sentences": full} for n in range(reasons.MOST)]

    assert len(json.dumps(check_settings({"reasons": listed}), ensure_ascii=False).encode()) < (
        reasons.MOST * 32_768
    )
