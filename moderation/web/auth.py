"""Authentication and authorisation of requests: tokens and sessions. Denies by default."""

import functools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from flask import current_app, g, request

from moderation.domain.errors import (
    BadEditToken,
    Forbidden,
    SecondFactorNeeded,
    Unauthenticated,
)
from moderation.domain.members import Member, looks_signed_on
from moderation.domain.roles import Reach, Role
from moderation.services.accounts import authentication, own_account, second_factor
from moderation.services.accounts.authentication import Reviewer
from moderation.services.comments import threads
from moderation.services.comments.own_comments import Proof
from moderation.services.review import article
from moderation.services.signing import Signing
from moderation.services.sites import sign_on
from moderation.storage.models.accounts import ConsoleSession
from moderation.storage.models.sites import Site

from .database import db
from .origins import refuse_other_sites, session_cookie
from .state import app_state

CSRF_HEADER = "X-CSRF-Token"
#: Seconds since the last input on the page that sends the request.
IDLE_HEADER = "X-Idle-Seconds"
#: Endpoints open to an account whose required second factor is not set up yet.
_BEFORE_SECOND_FACTOR = frozenset(
    {
        "staff.read_account",
        "staff.end_my_sessions",
        "second_factor.begin",
        "second_factor.confirm",
        "second_factor.reauthenticate",
    }
)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

View = TypeVar("View", bound=Callable[..., object])


def runtime() -> Signing:
    """Return the application's settings and signing keys."""
    return app_state(current_app).signing


def utcnow() -> datetime:
    """Return the time of the application's clock."""
    return app_state(current_app).clock()


def bearer_token() -> str:
    """Return the bearer token of the Authorization header; empty when there is none."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def edit_token() -> str:
    """Return the request's edit token; raise Unauthenticated when there is none."""
    token = bearer_token() or request.headers.get("X-Edit-Token", "")
    if not token:
        raise Unauthenticated(
            "Send the edit token that came with the comment: Authorization: Bearer …"
        )
    return token


def proof(comment_id: UUID) -> Proof:
    """Return the request's proof of authorship: an edit token, or the signed-in reader."""
    sent = request.headers.get("X-Edit-Token", "")
    if sent or not looks_signed_on(bearer_token()):
        return sent or edit_token()
    site = threads.site_of_comment(db.session(), comment_id)
    if site is None:
        raise BadEditToken("This comment is not yours, or is no longer there.")
    return reader_of(site, bearer_token())


def signed_in(site: Site) -> Member | None:
    """Return the reader whom the request's sign-on token names; None without a token."""
    token = bearer_token()
    return reader_of(site, token) if looks_signed_on(token) else None


def article_reviewer(site: Site) -> Reviewer:
    """Return the moderator that the signed-in reader is on this site's articles.

    Raises Unauthenticated without a sign-on token, and the same Forbidden for every reader who
    does not moderate. A console session counts for nothing here: a script on the article's page
    must never have the powers of the console.
    """
    member = signed_in(site)
    if member is None:
        raise Unauthenticated("Send the sign-on token of a reader: Authorization: Bearer …")
    reviewer = _moderates(site, member)
    if reviewer is None:
        raise Forbidden(
            "This reader does not moderate on the article: see article_moderators and docs/sign-on."
        )
    return reviewer


def moderates(site: Site, member: Member) -> bool:
    """Return whether a signed-in reader moderates on this site's articles."""
    return _moderates(site, member) is not None


def _moderates(site: Site, member: Member) -> Reviewer | None:
    reviewer = article.reviewer_of_member(db.session(), site, member, now=utcnow())
    return None if reviewer is None or lacks_second_factor(reviewer) else reviewer


def reader_of(site: Site, token: str) -> Member:
    """Return the reader whom a sign-on token of the site names; raise when it is not valid."""
    keys = app_state(current_app).sign_on_keys
    return sign_on.verify(db.session(), keys, site, token, now=utcnow())


def edit_tokens() -> list[str]:
    """Return the request's edit tokens, at most a hundred."""
    bearer = "" if looks_signed_on(bearer_token()) else bearer_token()
    sent = f"{bearer},{request.headers.get('X-Edit-Token', '')}"
    return [token.strip() for token in sent.split(",") if token.strip()][:100]


def reviewer_required(scope: str = "review") -> Callable[[View], View]:
    """Require a bearer token or console session with this scope; sets `g.reviewer`.

    Rights on a single site are checked with `may_review` or `reviewable_sites`.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: object, **kwargs: object) -> object:
            g.console_session = None
            g.reviewer = reviewer = _reviewer()
            g.least = authentication.SCOPES[scope]
            if scope not in reviewer.scopes or not reviewer.reach.anywhere(g.least):
                raise Forbidden(f"This needs the scope {scope}, which you do not have.")
            return view(*args, **kwargs)

        return guarded  # type: ignore[return-value]

    return decorate


def _reviewer() -> Reviewer:
    token = bearer_token()
    if token:
        holder = authentication.reviewer_of_token(db.session(), token, now=utcnow())
        if holder is None:
            raise Unauthenticated(
                "This token is unknown or has expired. Create one in the console or with "
                "`moderation token add`."
            )
        return holder
    found = console_session()
    if found is None:
        raise Unauthenticated("Log in at /review/ or send a token: Authorization: Bearer …")
    reviewer, console = found
    if request.method not in _SAFE:
        refuse_other_sites()
        authentication.check_csrf(console, request.headers.get(CSRF_HEADER, ""))
    if lacks_second_factor(reviewer) and request.endpoint not in _BEFORE_SECOND_FACTOR:
        raise SecondFactorNeeded("Set up a second factor at /review/account first.")
    g.console_session = console
    return reviewer


def console_session() -> tuple[Reviewer, ConsoleSession] | None:
    """Return the moderator and session of the request's cookie; None without a valid session."""
    cookie = request.cookies.get(session_cookie())
    if not cookie:
        return None
    idle = request.headers.get(IDLE_HEADER, "")
    return authentication.reviewer_of_session(
        db.session(),
        cookie,
        now=utcnow(),
        idle=timedelta(seconds=runtime().settings.session_idle),
        used=not (idle.isascii() and idle.isdigit() and len(idle) < 9 and int(idle) >= 60),
    )


def lacks_second_factor(reviewer: Reviewer) -> bool:
    """Return whether this account lacks a second factor that the service requires."""
    admin = reviewer.reach.anywhere(Role.ADMIN)
    required = second_factor.is_required(runtime().settings.require_totp, admin=admin)
    return required and not reviewer.second_factor


def require_recent_password() -> None:
    """Raise PasswordNeeded when the session's password was not entered recently.

    A token authenticates every request by itself.
    """
    if g.console_session is not None:
        own_account.require_recent(g.reviewer, g.console_session, now=utcnow())


def may_review(site_id: int | None) -> None:
    """Raise Forbidden unless the reviewer has the view's scope on this site.

    A missing site, comment or decision raises the same, so that existence is not revealed.
    """
    if not g.reviewer.may(site_id, g.least):
        raise Forbidden("This does not belong to one of your sites.")


def may_review_comment(comment_id: UUID) -> int | None:
    """Return the id of a comment's site; raise Forbidden as `may_review` does."""
    site = threads.site_of_comment(db.session(), comment_id)
    site_id = None if site is None else site.id
    may_review(site_id)
    return site_id


def reviewable_sites() -> tuple[int, ...] | None:
    """Return the sites on which the reviewer has the view's scope; None: every site."""
    reach: Reach = g.reviewer.reach
    return reach.sites(g.least)


def require_senior(site_id: int | None) -> None:
    """Raise Forbidden for moderators who are neither senior nor admin on this site."""
    if not g.reviewer.may(site_id, Role.SENIOR):
        raise Forbidden("Only a senior or an admin can change this. Ask one.")
