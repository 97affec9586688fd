"""The review console: logging in and out, and the shell that its modules fill."""

from pathlib import Path
from uuid import UUID

from flask import Blueprint, Response, abort, redirect, render_template, request
from flask_limiter.errors import RateLimitExceeded
from werkzeug.wrappers import Response as AnyResponse

from moderation.domain.errors import CrossSite, ModerationError, Unauthenticated
from moderation.domain.reasons import CODES
from moderation.domain.roles import Role
from moderation.services import (
    accounts,
    author_history,
    failed_logins,
    logins,
    second_factor,
    sites,
)
from moderation.services.accounts import Reviewer
from moderation.services.failed_logins import Attempt
from moderation.storage import db
from moderation.storage.people import ConsoleSession, Moderator

from . import guessing
from .errors import headers_of, status_of
from .files import Folder
from .guards import client_address, console_session, lacks_second_factor, runtime, utcnow
from .limits import limiter, login_limit, seconds_to_wait
from .origins import cookie_options, refuse_other_sites, session_cookie

_FOLDER = Path(__file__).parent.parent / "console"
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
    """What every page for moderators says to the browser, of what it may do."""
    response.headers["Content-Security-Policy"] = _CSP
    response.headers["X-Frame-Options"] = "DENY"
    # With `no-referrer` browsers would send no Origin by which our forms are known; links in
    # mail are secret, and their pages have no such form.
    own = request.blueprint == bp.name
    response.headers["Referrer-Policy"] = "same-origin" if own else "no-referrer"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@bp.get("/")
@bp.get("/comments/<uuid:comment_id>")
def queue(comment_id: UUID | None = None) -> AnyResponse:
    """The queue, for whoever is logged in; others are sent to log in.

    With a comment's id that comment is in focus, whatever its status.
    """
    reviewer, console = _visitor()
    page = render_template(
        "queue.html",
        reviewer=reviewer,
        csrf_token=console.csrf_token,
        comment_id=comment_id,
        sites=sites.reviewable(db.session(), reviewer.reach.sites()),
        senior=reviewer.reach.anywhere(Role.SENIOR),
        codes=_codes(),
    )
    return Response(page)


@bp.get("/post")
def post() -> AnyResponse:
    """A post's page, by `site` and `post`: an id can hold anything that an address cannot."""
    reviewer, console = _visitor()
    return Response(
        render_template(
            "post.html",
            reviewer=reviewer,
            csrf_token=console.csrf_token,
            senior=reviewer.reach.anywhere(Role.SENIOR),
            site=request.args.get("site", ""),
            post=request.args.get("post", ""),
            here="post",
        )
    )


@bp.get("/authors/<key>")
def author(key: str) -> AnyResponse:
    """An author's page on one site: `site`, or the one of the reviewer's where they wrote."""
    reviewer, console = _visitor()
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
            codes=_codes(),
            senior=reviewer.reach.anywhere(Role.SENIOR),
            here="authors",
        )
    )


@bp.get("/<any(metrics, audit, rules, moderators, account):name>")
def page(name: str) -> AnyResponse:
    """A page of its own beside the queue; its module asks the API, which says who may."""
    reviewer, console = _visitor(before_second_factor=name == "account")
    return Response(
        render_template(
            f"{name}.html",
            reviewer=reviewer,
            csrf_token=console.csrf_token,
            sites=sites.reviewable(db.session(), reviewer.reach.sites()),
            senior=reviewer.reach.anywhere(Role.SENIOR),
            chosen=request.args.get("site", ""),
            here=name,
        )
    )


@bp.get("/sites/")
@bp.get("/sites/<name>")
def site(name: str | None = None) -> AnyResponse:
    """A site's settings; its module asks the API, which says who may."""
    reviewer, console = _visitor()
    known = sites.reviewable(db.session(), reviewer.reach.sites(Role.SENIOR))
    if name is None:
        return redirect(f"/review/sites/{known[0].name}" if known else "/review/", 303)
    here = next((each for each in known if each.name == name), None)
    return Response(
        render_template(
            "site.html",
            reviewer=reviewer,
            csrf_token=console.csrf_token,
            sites=known,
            name=name,
            title=here.title if here else "",
            admin=here is not None and reviewer.may(here.id, Role.ADMIN),
            senior=reviewer.reach.anywhere(Role.SENIOR),
            here="site",
        )
    )


#: A browser drops a Secure cookie that comes over http; only its next request shows that.
_COOKIE_LOST = (
    "The password was right, but the browser did not keep the session cookie, which is for https "
    "only. Reach this page over https, or set MODERATION_ENV=development to try the service out."
)


@bp.get("/login")
def login_form() -> AnyResponse:
    """The form that asks for login and password."""
    if console_session() is not None:
        return redirect("/review/", 303)
    return _form(error=_COOKIE_LOST if "entered" in request.args else "")


@bp.post("/login")
@limiter.limit(login_limit)
def log_in() -> AnyResponse:
    """Check login and password; start a session, or ask for the second factor."""
    login, now = request.form.get("login", ""), utcnow()
    try:
        refuse_other_sites()
        who = guessing.counted(login)
        guessing.admit(who)
        moderator = accounts.prove_password(
            db.session(), login, request.form.get("password", ""), now=now, attempt=_attempt(login)
        )
    except ModerationError as error:
        if isinstance(error, Unauthenticated):
            guessing.failed(who)
        return _refused(error, login=login)
    if moderator.totp_nonce is None:
        return _started(moderator)
    return _form("login_code.html", ticket=second_factor.ticket(runtime(), moderator, now=now))


@bp.post("/login/code")
@limiter.limit(login_limit)
def enter_code() -> AnyResponse:
    """Check the code of a second factor after the password; start a session."""
    ticket, now = request.form.get("ticket", ""), utcnow()
    try:
        refuse_other_sites()
        moderator = second_factor.awaited(db.session(), runtime(), ticket, now=now)
    except ModerationError as error:
        return _refused(error)
    try:
        who = guessing.counted(moderator.login)
        guessing.admit(who)
        code = request.form.get("code", "")
        if not second_factor.prove(db.session(), runtime(), moderator.id, code, now=now):
            guessing.failed(who)
            attempt = _attempt(moderator.login)
            failed_logins.write(db.session(), attempt, moderator, now=now, why="code")
            raise Unauthenticated("This code is wrong or was used. Enter the one shown now.")
    except ModerationError as error:
        return _refused(error, "login_code.html", ticket=ticket)
    return _started(moderator)


@bp.get("/login/code")
def no_code() -> AnyResponse:
    """Reloading the page that asks for a code begins again."""
    return redirect("/review/login", 303)


@bp.post("/logout")
def log_out() -> AnyResponse:
    """End the session, on the server as well."""
    refuse_other_sites()
    cookie = request.cookies.get(session_cookie())
    found = console_session()
    if cookie and found is not None:
        accounts.check_csrf(found[1], request.form.get("csrf_token", ""))
        accounts.log_out(db.session(), cookie, now=utcnow())
    response = redirect("/review/login", 303)
    if cookie:
        response.set_cookie(session_cookie(), "", expires=0, **cookie_options())  # type: ignore[arg-type]
    return response


@bp.errorhandler(RateLimitExceeded)
def too_many(error: RateLimitExceeded) -> AnyResponse:
    """Tell people on the login page, not in JSON, that they have to wait."""
    wait = seconds_to_wait()
    text = f"Too many attempts from your network. Wait {wait} seconds and try again."
    return _form(error=text, status=429, headers={"Retry-After": str(wait)})


def _started(moderator: Moderator) -> AnyResponse:
    agent = logins.agent_of(request.headers.get("User-Agent", ""))
    cookie = accounts.start_session(db.session(), moderator.id, now=utcnow(), agent=agent)
    # A browser drops a Secure cookie that came over http, which only the next page can show.
    lasting = runtime().settings.development
    response = redirect("/review/" if lasting else "/review/login?entered=1", 303)
    response.set_cookie(
        session_cookie(),
        cookie,
        max_age=int(accounts.SESSION_LENGTH.total_seconds()),
        **cookie_options(),  # type: ignore[arg-type]
    )
    guessing.remember(response, moderator.login)
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


def _refused(error: ModerationError, template: str = "login.html", **known: str) -> Response:
    if isinstance(error, CrossSite):
        # Nothing of what another site sent is shown.
        known = {}
    status, headers = status_of(error), headers_of(error)
    return _form(template, status=status, headers=headers, error=error.detail, **known)


def _attempt(login: str) -> Attempt:
    keys = runtime()
    return Attempt(keys.login_key(login), keys.block_key(client_address()))


@bp.get("/assets/<path:name>")
def asset(name: str) -> Response:
    return _ASSETS.send(name, "public, max-age=300")


def _codes() -> list[dict[str, str]]:
    return [{"code": code.value, "filter": facts.filter} for code, facts in CODES.items()]


def _visitor(*, before_second_factor: bool = False) -> tuple[Reviewer, ConsoleSession]:
    """Return who is logged in; sends others to log in, or to set up the second factor."""
    found = console_session()
    if found is None:
        abort(redirect("/review/login", 303))
    if lacks_second_factor(found[0]) and not before_second_factor:
        abort(redirect("/review/account", 303))
    return found
