"""Moderation of texts in OpenAI's shape: categories with a detector, and no number without one."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from moderation.domain.errors import Invalid
from moderation.domain.judgement import DEFAULT_THRESHOLDS, Draft, Facts, Rules
from moderation.filters import attributes, reading
from moderation.filters.text.document import Text
from moderation.filters.toxicity.filter import toxicity
from moderation.storage.models.sites import Site

from ..sites.judgement_rules import rules_of

#: A category → the scores of which any one decides; of several in one entry, all must be high.
CATEGORIES: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
    {
        "harassment": (("insult",), ("threat",)),
        "harassment/threatening": (("threat",),),
        "sexual": (("sexually_explicit",),),
        "hate": (("identity_attack",),),
        "hate/threatening": (("identity_attack", "threat"),),
    }
)
#: Categories without a detector: left out, or false and 0 for clients that need every name.
UNSUPPORTED: Final = (
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/intent",
    "self-harm/instructions",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
#: Texts of a request, characters of one text, and parts of an input of typed parts.
MOST_TEXTS: Final = 100
LONGEST_TEXT: Final = 40_000
MOST_PARTS: Final = 100
_LONGEST_MODEL: Final = 200


class BadInput(Invalid):
    """A request that OpenAI's shape does not allow; `param` names its wrong member."""

    def __init__(self, detail: str, *, param: str | None = None, reason: str | None = None) -> None:
        super().__init__(detail)
        self.param = param
        #: The `code` in the error, null for most.
        self.reason = reason


class UnknownModel(BadInput):
    """The request names a version of our model that this release does not have."""


def model_name() -> str:
    """Return the name and version of the model behind the scores."""
    return attributes.model()


@dataclass(frozen=True, slots=True)
class Input:
    """The texts of a request, one for each result."""

    texts: tuple[str, ...]
    #: There are images beside the text, which were not looked at.
    has_images: bool = False


def read_input(body: Any, *, strict: bool) -> Input:
    """Return the texts of a request; raise BadInput.

    An input of typed parts is one text: its parts belong together. Images beside a text are
    passed over, except with `strict`; images alone are refused.
    """
    if not isinstance(body, dict):
        raise BadInput("The body must be a JSON object with the member `input`.")
    _check_model(body.get("model"))
    given = body.get("input")
    if isinstance(given, str):
        return Input((_text(given, "input"),))
    if not isinstance(given, list) or not given:
        raise BadInput(
            "`input` must be a string, a list of strings or a list of text parts.", param="input"
        )
    if isinstance(given[0], dict):
        return _of_parts(given, strict=strict)
    if len(given) > MOST_TEXTS:
        raise BadInput(
            f"`input` has more than {MOST_TEXTS} texts. Send several requests.", param="input"
        )
    return Input(tuple(_text(text, f"input[{place}]") for place, text in enumerate(given)))


def moderate(site: Site, texts: Sequence[str], *, pad: bool) -> dict[str, Any]:
    """Return OpenAI's answer for texts; `pad` adds the categories without a detector."""
    rules = rules_of(site)
    judged = [Text(text) for text in texts]
    reading.read_ahead(judged)
    return {
        "id": f"modr-{secrets.token_hex(12)}",
        "model": model_name(),
        "results": [_result(_scores(text), rules, pad=pad) for text in judged],
    }


def _check_model(model: Any) -> None:
    if model is None:
        return
    if not isinstance(model, str) or len(model) > _LONGEST_MODEL:
        raise BadInput("`model` must be the name of a model.", param="model")
    if model.startswith(f"{attributes.MODEL}@") and model != model_name():
        raise UnknownModel(
            f"This release has the model {model_name()} alone.",
            param="model",
            reason="model_not_found",
        )


def _of_parts(parts: list[Any], *, strict: bool) -> Input:
    if len(parts) > MOST_PARTS:
        raise BadInput(f"`input` has more than {MOST_PARTS} parts.", param="input")
    texts: list[str] = []
    images: list[int] = []
    for place, part in enumerate(parts):
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "image_url":
            images.append(place)
        elif kind == "text":
            texts.append(_text(part.get("text"), f"input[{place}].text"))
        else:
            raise BadInput(
                "A part must be an object of the type `text`.", param=f"input[{place}].type"
            )
    if images and (strict or not texts):
        raise BadInput(
            "Images cannot be judged here: only parts of the type `text` can.",
            param=f"input[{images[0]}]",
            reason="unsupported_input_type",
        )
    return Input((_text("\n\n".join(texts), "input"),), bool(images))


def _text(text: Any, place: str) -> str:
    if not isinstance(text, str):
        raise BadInput(f"`{place}` must be a string.", param=place)
    if len(text) > LONGEST_TEXT:
        raise BadInput(
            f"`{place}` has more than {LONGEST_TEXT} characters. Send it in parts.",
            param=place,
            reason="string_above_max_length",
        )
    return text


def _scores(text: Text) -> Mapping[str, float]:
    return toxicity.check(text, Draft(text.raw), Facts(), Rules()).scores


def _result(scores: Mapping[str, float], rules: Rules, *, pad: bool) -> dict[str, Any]:
    flags: dict[str, bool] = {}
    values: dict[str, float] = {}
    for category, ways in CATEGORIES.items():
        values[category] = max(min(scores[name] for name in way) for way in ways)
        flags[category] = any(
            all(scores[name] >= _threshold(rules, name) for name in way) for way in ways
        )
    types: dict[str, list[str]] = {category: ["text"] for category in CATEGORIES}
    for category in UNSUPPORTED if pad else ():
        flags[category], values[category], types[category] = False, 0.0, []
    return {
        "flagged": any(flags.values()),
        "categories": flags,
        "category_scores": values,
        "category_applied_input_types": types,
    }


def _threshold(rules: Rules, name: str) -> float:
    return rules.thresholds.get(name, DEFAULT_THRESHOLDS[name])
