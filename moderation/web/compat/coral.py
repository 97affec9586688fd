"""The endpoint of Coral's external moderation phase."""

from flask import Blueprint, Response, current_app, request

from moderation.services.compat.coral_phase import answer_in_time

from ..auth import runtime, utcnow
from ..responses import dumps
from ..state import app_state

bp = Blueprint("coral", __name__)


#: Bytes of a body; the server has the same bound.
_MOST_BYTES = 256 * 1024


@bp.before_request
def take_long_comments() -> None:
    """Allow the body of a long comment with its markup."""
    request.max_content_length = _MOST_BYTES


# Coral publishes a comment when the address that was typed in is not found.
@bp.post("/coral/<place>/moderate", strict_slashes=False)
def moderate(place: str) -> Response:
    """Judge a comment of Coral: 204 without an opinion, else its status and flags."""
    answer = answer_in_time(
        app_state(current_app).store,
        runtime(),
        place,
        request.headers.get("X-Coral-Signature", ""),
        request.get_data(),
        now=utcnow(),
    )
    return Response(status=204) if answer.status is None else dumps(answer.body())
