"""The review API about people: moderators, tokens, and one's own account."""

from typing import Any

from flask import Response, g

from moderation.domain.errors import Forbidden
from moderation.services import logins, staff
from moderation.storage import db

from . import guessing
from .api import ApiBlueprint, dumps
from .guards import (
    lacks_second_factor,
    require_recent_password,
    reviewer_required,
    runtime,
    utcnow,
)
from .limits import limiter, login_limit
from .review import TOKEN, named_site
from .schemas.staff import (
    AccountIn,
    AccountOut,
    LoginsOut,
    NewTokenOut,
    PasswordIn,
    PeopleOut,
    PersonChangeIn,
    PersonIn,
    PersonOut,
    SiteRoleIn,
    TokenIn,
    TokensOut,
)

bp = ApiBlueprint("staff", __name__, url_prefix="/api/v1/review", description="Review API")

# Moderators


@bp.get("/moderators")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(200, PeopleOut)
def list_moderators() -> Response:
    """List everybody who has a say on your sites."""
    return dumps({"moderators": staff.moderators(db.session(), g.reviewer, now=utcnow())})


@bp.post("/moderators")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(PersonIn())
@bp.response(201, PersonOut)
def add_moderator(given: dict[str, Any]) -> Response:
    """Add a moderator; the answer has their password, this once."""
    require_recent_password()
    now = utcnow()
    sites = given.pop("sites")
    id, password = staff.add(db.session(), g.reviewer, **given, on_sites=sites, now=now)
    made = staff.moderator(db.session(), g.reviewer, id, now=now)
    return dumps({**made, "password": password}, 201)


@bp.patch("/moderators/<int(max=2147483647):moderator_id>")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(PersonChangeIn())
@bp.response(200, PersonOut)
def change_moderator(given: dict[str, Any], moderator_id: int) -> Response:
    """Change a moderator's name or role on every site, or disable the account."""
    require_recent_password()
    now = utcnow()
    staff.change(db.session(), g.reviewer, moderator_id, now=now, **given)
    return dumps(staff.moderator(db.session(), g.reviewer, moderator_id, now=now))


@bp.delete("/moderators/<int(max=2147483647):moderator_id>")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(204)
def remove_moderator(moderator_id: int) -> Response:
    """Remove a moderator; decisions keep the name."""
    require_recent_password()
    staff.remove(db.session(), g.reviewer, moderator_id, now=utcnow())
    return Response(status=204)


@bp.put("/moderators/<int(max=2147483647):moderator_id>/sites/<site_name>")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(SiteRoleIn())
@bp.response(200, PersonOut)
def set_site_role(given: dict[str, Any], moderator_id: int, site_name: str) -> Response:
    """Give a moderator a role on one site, or take it away."""
    require_recent_password()
    now, site = utcnow(), named_site(site_name)
    staff.set_site_role(db.session(), g.reviewer, moderator_id, site, given["role"], now=now)
    return dumps(staff.moderator(db.session(), g.reviewer, moderator_id, now=now))


@bp.post("/moderators/<int(max=2147483647):moderator_id>/password")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(201, PersonOut)
def reset_password(moderator_id: int) -> Response:
    """Give a moderator a new password, shown this once, and end their sessions."""
    require_recent_password()
    now = utcnow()
    password = staff.reset_password(db.session(), g.reviewer, moderator_id, now=now)
    made = staff.moderator(db.session(), g.reviewer, moderator_id, now=now)
    return dumps({**made, "password": password}, 201)


@bp.get("/moderators/<int(max=2147483647):moderator_id>/sessions")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(200, LoginsOut)
def list_sessions(moderator_id: int) -> Response:
    """List where a moderator is logged in."""
    found = staff.sessions_of(db.session(), g.reviewer, moderator_id, now=utcnow())
    return dumps({"sessions": found})


@bp.delete("/moderators/<int(max=2147483647):moderator_id>/sessions")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(204)
def end_sessions(moderator_id: int) -> Response:
    """Log a moderator out everywhere."""
    staff.end_sessions(db.session(), g.reviewer, moderator_id, None, now=utcnow())
    return Response(status=204)


@bp.delete("/moderators/<int(max=2147483647):moderator_id>/sessions/<session_id>")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(204)
def end_session(moderator_id: int, session_id: str) -> Response:
    """Log a moderator out in one place."""
    staff.end_sessions(db.session(), g.reviewer, moderator_id, session_id, now=utcnow())
    return Response(status=204)


# Tokens


@bp.get("/tokens")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(200, TokensOut)
def list_tokens() -> Response:
    """List the tokens for your sites: what they may, never what they are."""
    return dumps({"tokens": staff.tokens(db.session(), g.reviewer, now=utcnow())})


@bp.post("/tokens")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(TokenIn())
@bp.response(201, NewTokenOut)
def add_token(given: dict[str, Any]) -> Response:
    """Make a token; the answer shows it, this once."""
    require_recent_password()
    site = named_site(given.pop("site")) if given["site"] else given.pop("site")
    token = staff.add_token(db.session(), g.reviewer, **given, site=site, now=utcnow())
    return dumps({"token": token}, 201)


@bp.delete("/tokens/<int(max=2147483647):token_id>")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(204)
def remove_token(token_id: int) -> Response:
    """Make a token worthless at once."""
    staff.remove_token(db.session(), g.reviewer, token_id, now=utcnow())
    return Response(status=204)


# One's own account


@bp.get("/me")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, AccountOut)
def read_account() -> Response:
    """Read your own account: roles, and where you are logged in."""
    return dumps(_account())


@bp.patch("/me")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(AccountIn())
@bp.response(200, AccountOut)
def change_account(given: dict[str, Any]) -> Response:
    """Change what your account says of you."""
    if "email" in given and logins.changes_email(db.session(), me(), given["email"]):
        require_recent_password()
    logins.change(db.session(), me(), g.reviewer.by, now=utcnow(), **given)
    return dumps(_account())


@bp.put("/me/password")
@bp.doc(security=TOKEN)
@limiter.limit(login_limit)
@reviewer_required()
@bp.arguments(PasswordIn())
@bp.response(200, AccountOut)
def change_password(given: dict[str, Any]) -> Response:
    """Change your password; you are logged out everywhere else."""
    session_digest = here()
    who = f"session {session_digest.hex()}"
    guessing.admit(who)
    try:
        logins.change_password(
            db.session(),
            me(),
            given["current"],
            given["password"],
            g.reviewer.by,
            now=utcnow(),
            keep=session_digest,
        )
    except logins.WrongPassword:
        guessing.failed(who)
        raise
    return dumps(_account())


@bp.delete("/me/sessions")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(204)
def end_my_sessions() -> Response:
    """Log yourself out everywhere, here as well."""
    logins.end_all(db.session(), me(), g.reviewer.by, now=utcnow())
    return Response(status=204)


@bp.delete("/me/sessions/<session_id>")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(204)
def end_my_session(session_id: str) -> Response:
    """Log yourself out in one place."""
    logins.end(db.session(), me(), session_id, g.reviewer.by, now=utcnow())
    return Response(status=204)


def _account() -> dict[str, Any]:
    account = logins.account(db.session(), me(), now=utcnow(), current=here())
    # What the request has just changed is not yet in `g.reviewer`.
    has_one = account["second_factor"]["added_at"] is not None
    required = not has_one and lacks_second_factor(g.reviewer)
    return {
        **account,
        "mail_possible": bool(runtime().settings.smtp_url),
        "second_factor": {**account["second_factor"], "required": required},
    }


def me() -> int:
    """Return whose session asks; Forbidden for a token, which has no account."""
    id: int | None = g.reviewer.moderator_id
    if id is None:
        raise Forbidden("A token has no account. Log in at /review/.")
    return id


def here() -> bytes:
    """Return the digest of the session that asks; empty for a token."""
    return g.console_session.digest if g.console_session is not None else b""
