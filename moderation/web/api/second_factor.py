"""The review API about second factors, and about entering one's password again."""

from typing import Any

from flask import Response, g

from moderation.services import logins, second_factor, staff
from moderation.storage import db

from . import guessing
from .api import ApiBlueprint, dumps
from .guards import require_recent_password, reviewer_required, runtime, utcnow
from .limits import limiter, login_limit
from .review import TOKEN
from .schemas.staff import CodesOut, EnrolmentIn, EnrolmentOut, ReauthenticationIn
from .staff import here, me

bp = ApiBlueprint("second_factor", __name__, url_prefix="/api/v1/review", description="Review API")


@bp.post("/me/reauthentication")
@bp.doc(security=TOKEN)
@limiter.limit(login_limit)
@reviewer_required()
@bp.arguments(ReauthenticationIn())
@bp.response(204)
def reauthenticate(given: dict[str, Any]) -> Response:
    """Enter your password, and code, again: for ten minutes you may change credentials."""
    moderator_id, session_digest = me(), here()
    who = f"session {session_digest.hex()}"
    guessing.admit(who)
    try:
        logins.reauthenticate(
            db.session(), runtime(), moderator_id, session_digest, **given, now=utcnow()
        )
    except logins.WrongPassword:
        guessing.failed(who)
        raise
    return Response(status=204)


@bp.post("/me/second-factor")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(201, EnrolmentOut)
def begin() -> Response:
    """Begin to add a second factor: the answer has a secret to scan, this once."""
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
    """Add the second factor with a first code; the answer has the recovery codes, this once."""
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
    """Remove a moderator's second factor, when the device is lost, and end their sessions."""
    require_recent_password()
    staff.reset_second_factor(db.session(), g.reviewer, moderator_id, now=utcnow())
    return Response(status=204)
