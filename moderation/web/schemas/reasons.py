"""The field for a reason of a decision."""

from typing import Any

from marshmallow import fields, validate

from moderation.domain.reasons import Reason
from moderation.services.sites.reasons import CODE


class ReasonCode(fields.String):
    """The code of a reason: a built-in one, or one from the site's list."""

    def __init__(self, **options: Any) -> None:
        known = ", ".join(reason.value for reason in Reason)
        super().__init__(
            validate=validate.Regexp(CODE, error="Not a reason's code."),
            metadata={"description": f"One of the site's reasons, or of {known}."},
            **options,
        )
