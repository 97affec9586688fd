"""Labels that clients suggest, kept as examples of the site."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from moderation.filters.text.document import Text
from moderation.storage.models.sites import Site
from moderation.storage.transactions import transact

from .. import examples
from ..keys import Service
from .answers import Choices, base_of, detected_language
from .requests import Suggestion


def suggest(
    session: Session, site: Site, suggestion: Suggestion, choices: Choices, *, now: datetime
) -> dict[str, Any]:
    """Keep a label, unless the client forbids to store the text, and return the answer. Commits."""
    if suggestion.store:
        transact(
            session,
            lambda: examples.keep(
                session,
                site,
                source=Service.PERSPECTIVE.value,
                text=suggestion.text,
                labels=suggestion.labels,
                context=suggestion.context,
                now=now,
            ),
        )
    sent = list(suggestion.languages)
    detected = detected_language(Text(suggestion.text))
    answered: dict[str, Any] = {}
    if suggestion.token is not None:
        answered["clientToken"] = suggestion.token
    answered["requestedLanguages"] = sent
    answered["detectedLanguages"] = [detected or (base_of(sent[0]) if sent else choices.language)]
    return answered
