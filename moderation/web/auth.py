"""Who is asking: addresses, origins, tokens, sessions. Denies by default."""

import functools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from flask import current_app, g, request

from moderation.domain.errors import Forbidden, SecondFactorNeeded, Unauthenticated
from moderation.domain.network import address_behind
from moderation.domain.roles import Reach, Role
from moderation.services import accounts, logins, second_factor
from moderation.services.accounts import Reviewer
from moderation.services.runtime import Runtime
from moderation.storage import db
from moderation.storage.people import ConsoleSession

from .origins import refuse_other_sites, session_cookie

CSRF_HEADER = "X-CSRF-Token"
#: Seconds since the last input on the page that sends the request.
IDLE_HEADER = "X-Idle-Seconds"
#: All that an account may do before it has the second factor that it must have.
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


def runtime() -> Runtime:
    return current_app.extensions["moderation"]  # type: ignore[no-any-return]


def utcnow() -> datetime:
    """Now, from the application's clock: tests set `app.extensions["clock"]`."""
    clock: Callable[[], datetime] | None = current_app.extensions.get("clock")
    return clock() if clock else datetime.now(UTC)


def client_address() -> str:
    """The address of whoever talks to us or to the proxies that we trust."""
    forwarded = request.headers.getlist("X-Forwarded-For")
    return address_behind(request.remote_addr or "", forwarded, runtime().settings.trusted_proxies)


def bearer_token() -> str:
    """The token of the Authorization header, empty when there is none."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def edit_token() -> str:
    """The edit token that came with the request; Unauthenticated when none did."""
    token = bearer_token() or request.headers.get("X-Edit-Token", "")
    if not token:
        raise Unauthenticated(
            "Send the edit token that came with the comment: Authorization: Bearer …"
        )
    return token


def edit_tokens() -> list[str]:
    """All edit tokens that came with the request, at most a hundred."""
    sent = f"{bearer_token()},{request.headers.get('X-Edit-Token', '')}"
    return [token.strip() for token in sent.split(",") if token.strip()][:100]


def reviewer_required(scope: str = "review") -> Callable[[View], View]:
    """Let in a bearer token or a console session with this scope; sets `g.reviewer`.

    What the scope amounts to on a site is asked with `may_review` or `reviewable_sites`.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: object, **kwargs: object) -> object:
            g.console_session = None
            g.reviewer = reviewer = _reviewer()
            g.least = accounts.SCOPES[scope]
            if scope not in reviewer.scopes or not reviewer.reach.anywhere(g.least):
                raise Forbidden(f"This needs the scope {scope}, which you do not have.")
            return view(*args, **kwargs)

        return guarded  # type: ignore[return-value]

    return decorate


def _reviewer() -> Reviewer:
    token = bearer_token()
    if token:
        holder = accounts.of_token(db.session(), token, now=utcnow())
        if holder is None:
            raise Unauthenticated(
                "This token is not known, or has ended. Make one in the console or with "
                "`moderation token add`."
            )
        return holder
    found = console_session()
    if found is None:
        raise Unauthenticated("Log in at /review/ or send a token: Authorization: Bearer …")
    reviewer, console = found
    if request.method not in _SAFE:
        refuse_other_sites()
        accounts.check_csrf(console, request.headers.get(CSRF_HEADER, ""))
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
    return accounts.of_session(
        db.session(),
        cookie,
        now=utcnow(),
        idle=timedelta(seconds=runtime().settings.session_idle),
        used=not (idle.isascii() and idle.isdigit() and len(idle) < 9 and int(idle) >= 60),
    )


def lacks_second_factor(reviewer: Reviewer) -> bool:
    """Tell whether the service asks this account for a second factor that it does not have."""
    admin = reviewer.reach.anywhere(Role.ADMIN)
    required = second_factor.is_required(runtime().settings.require_totp, admin=admin)
    return required and not reviewer.second_factor


def require_recent_password() -> None:
    """Raise PasswordNeeded when a session asks whose password was entered some time ago.

    A token proves itself with every request.
    """
    if g.console_session is not None:
        logins.require_recent(g.reviewer, g.console_session, now=utcnow())


def may_review(site_id: int | None) -> None:
    """Raise Forbidden unless the reviewer has on this site what the view asks for.

    The same for a site, comment or decision that is not there: nobody learns which are.
    """
    if not g.reviewer.may(site_id, g.least):
        raise Forbidden("This is not on a site of yours.")


def reviewable_sites() -> tuple[int, ...] | None:
    """The sites on which the reviewer has what the view asks for; None: every one."""
    reach: Reach = g.reviewer.reach
    return reach.sites(g.least)


def require_senior(site_id: int | None) -> None:
    """Raise Forbidden for moderators who are neither senior nor admin on this site."""
    if not g.reviewer.may(site_id, Role.SENIOR):
        raise Forbidden("Only a senior or an admin can change this. Ask one.")


def require_every_site() -> None:
    """Raise Forbidden for somebody whose say ends at some sites."""
    if not g.reviewer.may(None, g.least):
        raise Forbidden("This is about every site, and you have no say on all of them.")
