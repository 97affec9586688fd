"""Review API: second factors, and reauthentication by password."""

from typing import Any

from flask import Response, g

from moderation.services.accounts import administration, own_account, second_factor

from .. import login_limits
from ..auth import require_recent_password, reviewer_required, runtime, utcnow
from ..database import db
from ..rate_limits import limiter, login_limit
from ..responses import dumps
from ..schemas.accounts import CodesOut, EnrolmentIn, EnrolmentOut, ReauthenticationIn
from .accounts import here, me
from .framework import ApiBlueprint
from .review import TOKEN

bp = ApiBlueprint("second_factor", __name__, url_prefix="/api/v1/review", description="Review API")


@bp.post("/me/reauthentication")
@bp.doc(security=TOKEN)
@limiter.limit(login_limit)
@reviewer_required()
@bp.arguments(ReauthenticationIn())
@bp.response(204)
def reauthenticate(given: dict[str, Any]) -> Response:
    """Reauthenticate with password and code; credentials can be changed for ten minutes."""
    moderator_id, session_digest = me(), here()
    who = f"session {session_digest.hex()}"
    login_limits.admit(who)
    try:
        own_account.reauthenticate(
            db.session(), runtime(), moderator_id, session_digest, **given, now=utcnow()
        )
    except own_account.WrongPassword:
        login_limits.failed(who)
        raise
    return Response(status=204)


@bp.post("/me/second-factor")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(201, EnrolmentOut)
def begin() -> Response:
    """Begin to add a second factor; only this response contains the secret to scan."""
    moderator_id = me()
    require_recent_password()
    made = second_factor.begin(db.session(), runtime(), moderator_id, now=utcnow())
    return dumps(
        {"secret": made.secret, "uri": made.uri, "qr": made.qr, "ticket": made.ticket}, 201
    )


@bp.put("/me/second-factor")
@bp.doc(security=TOKEN)
@limiter.limit(login_limit)
@reviewer_required()
@bp.arguments(EnrolmentIn())
@bp.response(200, CodesOut)
def confirm(given: dict[str, Any]) -> Response:
    """Confirm the second factor with a first code; only this response has recovery codes."""
    codes = second_factor.confirm(
        db.session(), runtime(), me(), **given, by=g.reviewer.by, now=utcnow()
    )
    return dumps({"recovery_codes": codes})


@bp.delete("/me/second-factor")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(204)
def remove() -> Response:
    """Remove your second factor."""
    moderator_id = me()
    require_recent_password()
    second_factor.remove(db.session(), moderator_id, g.reviewer.by, now=utcnow())
    return Response(status=204)


@bp.post("/me/second-factor/recovery-codes")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(201, CodesOut)
def new_codes() -> Response:
    """Replace your recovery codes; the old ones stop working."""
    moderator_id = me()
    require_recent_password()
    codes = second_factor.new_codes(db.session(), moderator_id, g.reviewer.by, now=utcnow())
    return dumps({"recovery_codes": codes}, 201)


@bp.delete("/moderators/<int(max=2147483647):moderator_id>/second-factor")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(204)
def reset(moderator_id: int) -> Response:
    """Remove a moderator's second factor after a lost device, and end their sessions."""
    require_recent_password()
    administration.reset_second_factor(db.session(), g.reviewer, moderator_id, now=utcnow())
    return Response(status=204)
