"""Review API: moderators, tokens and the reviewer's own account."""

from typing import Any

from flask import Response, g

from moderation.domain.errors import Forbidden
from moderation.services.accounts import administration, own_account

from .. import login_limits
from ..auth import lacks_second_factor, require_recent_password, reviewer_required, runtime, utcnow
from ..database import db
from ..rate_limits import limiter, login_limit
from ..responses import dumps
from ..schemas.accounts import (
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
from .framework import ApiBlueprint
from .review import TOKEN, named_site

bp = ApiBlueprint("staff", __name__, url_prefix="/api/v1/review", description="Review API")

# Moderators


@bp.get("/moderators")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(200, PeopleOut)
def list_moderators() -> Response:
    """List the moderators of your sites."""
    return dumps({"moderators": administration.moderators(db.session(), g.reviewer, now=utcnow())})


@bp.post("/moderators")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(PersonIn())
@bp.response(201, PersonOut)
def add_moderator(given: dict[str, Any]) -> Response:
    """Add a moderator; only this response contains the password."""
    require_recent_password()
    now = utcnow()
    sites = given.pop("sites")
    id, password = administration.add(db.session(), g.reviewer, **given, on_sites=sites, now=now)
    made = administration.moderator(db.session(), g.reviewer, id, now=now)
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
    administration.change(db.session(), g.reviewer, moderator_id, now=now, **given)
    return dumps(administration.moderator(db.session(), g.reviewer, moderator_id, now=now))


@bp.delete("/moderators/<int(max=2147483647):moderator_id>")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(204)
def remove_moderator(moderator_id: int) -> Response:
    """Remove a moderator; decisions keep the name."""
    require_recent_password()
    administration.remove(db.session(), g.reviewer, moderator_id, now=utcnow())
    return Response(status=204)


@bp.put("/moderators/<int(max=2147483647):moderator_id>/sites/<site_name>")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(SiteRoleIn())
@bp.response(200, PersonOut)
def set_site_role(given: dict[str, Any], moderator_id: int, site_name: str) -> Response:
    """Set or remove a moderator's role on one site."""
    require_recent_password()
    now, site = utcnow(), named_site(site_name)
    administration.set_site_role(
        db.session(), g.reviewer, moderator_id, site, given["role"], now=now
    )
    return dumps(administration.moderator(db.session(), g.reviewer, moderator_id, now=now))


@bp.post("/moderators/<int(max=2147483647):moderator_id>/password")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(201, PersonOut)
def reset_password(moderator_id: int) -> Response:
    """Reset a moderator's password, shown only in this response, and end their sessions."""
    require_recent_password()
    now = utcnow()
    password = administration.reset_password(db.session(), g.reviewer, moderator_id, now=now)
    made = administration.moderator(db.session(), g.reviewer, moderator_id, now=now)
    return dumps({**made, "password": password}, 201)


@bp.get("/moderators/<int(max=2147483647):moderator_id>/sessions")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(200, LoginsOut)
def list_sessions(moderator_id: int) -> Response:
    """List a moderator's sessions."""
    found = administration.sessions_of(db.session(), g.reviewer, moderator_id, now=utcnow())
    return dumps({"sessions": found})


@bp.delete("/moderators/<int(max=2147483647):moderator_id>/sessions")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(204)
def end_sessions(moderator_id: int) -> Response:
    """End all sessions of a moderator."""
    administration.end_sessions(db.session(), g.reviewer, moderator_id, None, now=utcnow())
    return Response(status=204)


@bp.delete("/moderators/<int(max=2147483647):moderator_id>/sessions/<session_id>")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(204)
def end_session(moderator_id: int, session_id: str) -> Response:
    """End one session of a moderator."""
    administration.end_sessions(db.session(), g.reviewer, moderator_id, session_id, now=utcnow())
    return Response(status=204)


# Tokens


@bp.get("/tokens")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(200, TokensOut)
def list_tokens() -> Response:
    """List the tokens for your sites with their scopes; never the secrets."""
    return dumps({"tokens": administration.tokens(db.session(), g.reviewer, now=utcnow())})


@bp.post("/tokens")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(TokenIn())
@bp.response(201, NewTokenOut)
def add_token(given: dict[str, Any]) -> Response:
    """Create a token; only this response contains the secret."""
    require_recent_password()
    site = named_site(given.pop("site")) if given["site"] else given.pop("site")
    token = administration.add_token(db.session(), g.reviewer, **given, site=site, now=utcnow())
    return dumps({"token": token}, 201)


@bp.delete("/tokens/<int(max=2147483647):token_id>")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(204)
def remove_token(token_id: int) -> Response:
    """Revoke a token, effective at once."""
    administration.remove_token(db.session(), g.reviewer, token_id, now=utcnow())
    return Response(status=204)


# One's own account


@bp.get("/me")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, AccountOut)
def read_account() -> Response:
    """Read your own account: roles and sessions."""
    return dumps(_account())


@bp.patch("/me")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(AccountIn())
@bp.response(200, AccountOut)
def change_account(given: dict[str, Any]) -> Response:
    """Change your own account."""
    if "email" in given and own_account.changes_email(db.session(), me(), given["email"]):
        require_recent_password()
    own_account.change(db.session(), me(), g.reviewer.by, now=utcnow(), **given)
    return dumps(_account())


@bp.put("/me/password")
@bp.doc(security=TOKEN)
@limiter.limit(login_limit)
@reviewer_required()
@bp.arguments(PasswordIn())
@bp.response(200, AccountOut)
def change_password(given: dict[str, Any]) -> Response:
    """Change your password and end your other sessions."""
    session_digest = here()
    who = f"session {session_digest.hex()}"
    login_limits.admit(who)
    try:
        own_account.change_password(
            db.session(),
            me(),
            given["current"],
            given["password"],
            g.reviewer.by,
            now=utcnow(),
            keep=session_digest,
        )
    except own_account.WrongPassword:
        login_limits.failed(who)
        raise
    return dumps(_account())


@bp.delete("/me/sessions")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(204)
def end_my_sessions() -> Response:
    """End all your sessions, this one included."""
    own_account.end_all_sessions(db.session(), me(), g.reviewer.by, now=utcnow())
    return Response(status=204)


@bp.delete("/me/sessions/<session_id>")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(204)
def end_my_session(session_id: str) -> Response:
    """End one of your sessions."""
    own_account.end_session(db.session(), me(), session_id, g.reviewer.by, now=utcnow())
    return Response(status=204)


def _account() -> dict[str, Any]:
    account = own_account.account(db.session(), me(), now=utcnow(), current=here())
    # `g.reviewer` was loaded before this request changed the account.
    has_one = account["second_factor"]["added_at"] is not None
    required = not has_one and lacks_second_factor(g.reviewer)
    return {
        **account,
        "mail_possible": bool(runtime().settings.smtp_url),
        "second_factor": {**account["second_factor"], "required": required},
    }


def me() -> int:
    """Return the moderator of the session; raise Forbidden for a token, which has no account."""
    id: int | None = g.reviewer.moderator_id
    if id is None:
        raise Forbidden("A token has no account. Log in at /review/.")
    return id


def here() -> bytes:
    """Return the digest of the current session; empty for a token."""
    return g.console_session.digest if g.console_session is not None else b""
