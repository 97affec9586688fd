"""The review console: login, logout, and the page shells that its modules fill."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, abort, redirect, render_template, request
from flask_limiter.errors import RateLimitExceeded
from werkzeug.wrappers import Response as AnyResponse

from moderation.domain.errors import (
    CrossSite,
    ModerationError,
    TooManyAttempts,
    Unauthenticated,
)
from moderation.domain.reasons import CODES
from moderation.domain.roles import Role
from moderation.services.accounts import authentication, failed_logins, own_account, second_factor
from moderation.services.accounts.authentication import Reviewer
from moderation.services.accounts.failed_logins import Attempt
from moderation.services.review import appeals, author_history
from moderation.services.sites import registry
from moderation.storage.models.accounts import ConsoleSession, Moderator
from moderation.storage.models.sites import Site

from .. import login_limits
from ..auth import console_session, lacks_second_factor, runtime, utcnow
from ..client_address import client_address
from ..database import db
from ..errors import headers_of, status_of
from ..origins import cookie_options, refuse_other_sites, session_cookie
from ..rate_limits import limiter, login_limit, seconds_to_wait
from ..static_files import Folder
from . import console_words
from .console_queues import QUEUES

_FOLDER = Path(__file__).parents[2] / "console"
_ASSETS = Folder(_FOLDER / "assets")
TEMPLATES = str(_FOLDER / "templates")

bp = Blueprint(
    "console",
    __name__,
    url_prefix="/review",
    template_folder=TEMPLATES,
)

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


@bp.after_request
def add_headers(response: Response) -> Response:
    """Set the security headers of every page for moderators."""
    response.headers["Content-Security-Policy"] = _CSP
    response.headers["X-Frame-Options"] = "DENY"
    # With `no-referrer` browsers would not send the Origin that our forms need; links in
    # mails are secret, and their pages have no such form.
    own = request.blueprint == bp.name
    response.headers["Referrer-Policy"] = "same-origin" if own else "no-referrer"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@bp.context_processor
def navigation() -> dict[str, Any]:
    """Return the language and the part of the navigation that every page shares."""
    return {"queues": QUEUES, **console_words.in_templates()}


@bp.get("/")
@bp.get("/comments/<uuid:comment_id>")
def queue(comment_id: UUID | None = None) -> AnyResponse:
    """Return the queue page; redirect to the login page without a session.

    With a comment's id that comment is selected, in any status.
    """
    reviewer, console = visitor()
    sites = registry.reviewable(db.session(), reviewer.reach.sites())
    page = render_template(
        "queue.html",
        reviewer=reviewer,
        csrf_token=console.csrf_token,
        comment_id=comment_id,
        sites=sites,
        titles=_titles(sites),
        senior=reviewer.reach.anywhere(Role.SENIOR),
        codes=_codes(),
    )
    return Response(page)


@bp.get("/post")
def post() -> AnyResponse:
    """Return a post's page; `post` is a parameter, since an id may not fit into a path."""
    reviewer, console = visitor()
    return Response(
        render_template(
            "post.html",
            reviewer=reviewer,
            csrf_token=console.csrf_token,
            senior=reviewer.reach.anywhere(Role.SENIOR),
            site=request.args.get("site", ""),
            post=request.args.get("post", ""),
            titles=_titles(registry.reviewable(db.session(), reviewer.reach.sites())),
            here="post",
        )
    )


@bp.get("/authors/<author:key>")
def author(key: str) -> AnyResponse:
    """Return an author's page for `site`, or for a reviewer's site with comments of theirs."""
    reviewer, console = visitor()
    wrote = [request.args["site"]] if "site" in request.args else None
    if wrote is None:
        wrote = author_history.sites_of(db.session(), key, reviewer.reach.sites())
    return Response(
        render_template(
            "authors.html",
            reviewer=reviewer,
            csrf_token=console.csrf_token,
            key=key,
            wrote=wrote,
            titles=_titles(registry.reviewable(db.session(), reviewer.reach.sites())),
            codes=_codes(),
            senior=reviewer.reach.anywhere(Role.SENIOR),
            here="authors",
        )
    )


@bp.get("/<any(metrics, audit, rules, moderators, account, appeals):name>")
def page(name: str) -> AnyResponse:
    """Return the shell of another page; its module calls the API, which checks permissions."""
    reviewer, console = visitor(before_second_factor=name == "account")
    sites = registry.reviewable(db.session(), reviewer.reach.sites())
    return Response(
        render_template(
            f"{name}.html",
            reviewer=reviewer,
            csrf_token=console.csrf_token,
            sites=sites,
            titles=_titles(sites),
            senior=reviewer.reach.anywhere(Role.SENIOR),
            chosen=request.args.get("site", ""),
            here=name,
        )
    )


#: Parts of the page of a site's connections, in the order of their tabs.
CONNECTIONS = ("webhooks", "incoming", "keys", "checker")


@bp.get("/connections/")
@bp.get("/connections/<name>")
@bp.get("/connections/<name>/<any(webhooks, incoming, keys, checker):part>")
def connections(name: str | None = None, part: str | None = None) -> AnyResponse:
    """Return the shell of a site's connections; the API checks permissions."""
    reviewer, console = visitor()
    known = registry.reviewable(db.session(), reviewer.reach.sites(Role.SENIOR))
    if name is None or part is None:
        first = name or (known[0].name if known else None)
        where = f"/review/connections/{quote(first, safe='')}/webhooks" if first else "/review/"
        return redirect(where, 303)
    here = next((each for each in known if each.name == name), None)
    return Response(
        render_template(
            "connections.html",
            reviewer=reviewer,
            csrf_token=console.csrf_token,
            sites=known,
            name=name,
            part=part,
            parts=CONNECTIONS,
            title=here.title if here else "",
            admin=here is not None and reviewer.may(here.id, Role.ADMIN),
            senior=reviewer.reach.anywhere(Role.SENIOR),
            service=runtime().settings.public_url or request.host_url.rstrip("/"),
            here="connections",
        )
    )


@bp.get("/login")
def login_form() -> AnyResponse:
    """Return the login form, with the error that made it necessary again."""
    if console_session() is not None:
        return redirect("/review/", 303)
    error = ""
    if "entered" in request.args:
        # A browser drops a Secure cookie sent over http; only its next request reveals that.
        error = _text("cookieLost", setting="MODERATION_ENV=development")
    elif "again" in request.args:
        error = _text("beginAgain")
    elif session_cookie() in request.cookies:
        error = _text("sessionOver")
    return _form(error=error)


@bp.post("/login")
@limiter.limit(login_limit)
def log_in() -> AnyResponse:
    """Check login and password; start a session, or ask for the second factor."""
    login, now = request.form.get("login", ""), utcnow()
    try:
        refuse_other_sites()
        who = login_limits.counted(login)
        login_limits.admit(who)
        moderator = authentication.prove_password(
            db.session(), login, request.form.get("password", ""), now=now, attempt=_attempt(login)
        )
    except ModerationError as error:
        if isinstance(error, Unauthenticated):
            login_limits.failed(who)
        return _refused(error, text=_text("wrongPassword"), login=login)
    if moderator.totp_nonce is None:
        return _started(moderator)
    return _form("login_code.html", ticket=second_factor.ticket(runtime(), moderator, now=now))


@bp.post("/login/code")
@limiter.limit(login_limit)
def enter_code() -> AnyResponse:
    """Check the second factor's code after the password; start a session."""
    ticket, now = request.form.get("ticket", ""), utcnow()
    try:
        refuse_other_sites()
        moderator = second_factor.account_of_ticket(db.session(), runtime(), ticket, now=now)
    except ModerationError as error:
        return _refused(error, text=_text("codeExpired"))
    try:
        who = login_limits.counted(moderator.login)
        login_limits.admit(who)
        code = request.form.get("code", "")
        if not second_factor.prove(db.session(), runtime(), moderator.id, code, now=now):
            login_limits.failed(who)
            attempt = _attempt(moderator.login)
            failed_logins.write(db.session(), attempt, moderator, now=now, why="code")
            raise Unauthenticated("This code is wrong or was used. Enter the one shown now.")
    except ModerationError as error:
        text = _text("wrongCode")
        return _refused(error, "login_code.html", text=text, ticket=ticket)
    return _started(moderator)


@bp.get("/login/code")
def no_code() -> AnyResponse:
    """Restart the login when the code page is reloaded."""
    return redirect("/review/login?again=1", 303)


@bp.post("/logout")
def log_out() -> AnyResponse:
    """End the session, on the server as well."""
    refuse_other_sites()
    cookie = request.cookies.get(session_cookie())
    found = console_session()
    if cookie and found is not None:
        authentication.check_csrf(found[1], request.form.get("csrf_token", ""))
        authentication.log_out(db.session(), cookie, now=utcnow())
    response = redirect("/review/login", 303)
    if cookie:
        response.set_cookie(session_cookie(), "", expires=0, **cookie_options())  # type: ignore[arg-type]
    return response


@bp.errorhandler(RateLimitExceeded)
def too_many(error: RateLimitExceeded) -> AnyResponse:
    """Show the rate limit on the login page instead of as JSON."""
    wait = seconds_to_wait()
    text = _text("tooManyFromNetwork", n=wait)
    return _form(error=text, status=429, headers={"Retry-After": str(wait)})


def _started(moderator: Moderator) -> AnyResponse:
    agent = own_account.agent_of(request.headers.get("User-Agent", ""))
    cookie = authentication.start_session(db.session(), moderator.id, now=utcnow(), agent=agent)
    # A browser drops a Secure cookie sent over http, which only the next page can detect.
    lasting = runtime().settings.development
    response = redirect("/review/" if lasting else "/review/login?entered=1", 303)
    response.set_cookie(
        session_cookie(),
        cookie,
        max_age=int(authentication.SESSION_LENGTH.total_seconds()),
        **cookie_options(),  # type: ignore[arg-type]
    )
    login_limits.remember(response, moderator.login)
    return response


def _form(
    template: str = "login.html",
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **known: str,
) -> Response:
    known = {"error": "", "login": "", "ticket": "", **known}
    page = render_template(template, wrong=status == 401, **known)
    return Response(page, status, headers)


def _refused(
    error: ModerationError, template: str = "login.html", *, text: str, **known: str
) -> Response:
    """Return the form again; `text` is for a wrong password or code."""
    if isinstance(error, CrossSite):
        # Shows nothing that another site sent.
        known, text = {}, _text("crossSite", address="/review/")
    elif isinstance(error, TooManyAttempts):
        text = _text("tooManyMinutes", n=math.ceil(error.retry_after / 60))
    elif not isinstance(error, Unauthenticated):
        text = error.detail
    status, headers = status_of(error), headers_of(error)
    return _form(template, status=status, headers=headers, error=text, **known)


def _text(key: str, **values: str | int) -> str:
    return console_words.asked().t(f"pages.login.{key}", **values)


def _attempt(login: str) -> Attempt:
    keys = runtime()
    return Attempt(keys.login_key(login), keys.block_key(client_address()))


@bp.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """Serve a script or a style sheet of the console."""
    return _ASSETS.send(name, "public, max-age=300")


@bp.get("/words/<name>.js")
def words(name: str) -> Response:
    """Serve the texts of a language to the console's scripts."""
    return console_words.send(name)


@bp.app_template_global()
def appeals_waiting(reviewer: Reviewer) -> int:
    """Return the number of appeals on a reviewer's sites that wait, for the navigation."""
    return appeals.count(db.session(), reviewer.reach.sites())


def _titles(sites: Iterable[Site]) -> dict[str, str]:
    return {site.name: site.title or site.name for site in sites}


def _codes() -> list[dict[str, str]]:
    return [{"code": code.value, "filter": facts.filter} for code, facts in CODES.items()]


def visitor(*, before_second_factor: bool = False) -> tuple[Reviewer, ConsoleSession]:
    """Return the reviewer; redirect others to the login or to the second factor's setup."""
    found = console_session()
    if found is None:
        abort(redirect("/review/login", 303))
    if lacks_second_factor(found[0]) and not before_second_factor:
        abort(redirect("/review/account", 303))
    return found
