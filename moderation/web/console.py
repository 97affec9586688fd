"""The review console: logging in and out, and the shell that its modules fill."""

from pathlib import Path
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from moderation.domain.errors import Unauthenticated
from moderation.domain.reasons import CODES
from moderation.domain.roles import Role
from moderation.services import accounts, author_history, logins, sites
from moderation.services.accounts import Reviewer
from moderation.storage import db
from moderation.storage.people import ConsoleSession

from .files import Folder
from .guards import SESSION_COOKIE, runtime, utcnow
from .limits import limiter, login_limit

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
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@bp.get("/")
@bp.get("/comments/<uuid:comment_id>")
def queue(comment_id: UUID | None = None) -> AnyResponse:
    """The queue, for whoever is logged in; others are sent to log in.

    With a comment's id that comment is in focus, whatever its status.
    """
    found = _logged_in()
    if found is None:
        return redirect("/review/login", 303)
    reviewer, console = found
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
    found = _logged_in()
    if found is None:
        return redirect("/review/login", 303)
    reviewer, console = found
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
    found = _logged_in()
    if found is None:
        return redirect("/review/login", 303)
    reviewer, console = found
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
    found = _logged_in()
    if found is None:
        return redirect("/review/login", 303)
    reviewer, console = found
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
    found = _logged_in()
    if found is None:
        return redirect("/review/login", 303)
    reviewer, console = found
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
    if _logged_in() is not None:
        return redirect("/review/", 303)
    lost = _COOKIE_LOST if "entered" in request.args else ""
    return Response(render_template("login.html", error=lost, login=""))


@bp.post("/login")
@limiter.limit(login_limit)
def log_in() -> AnyResponse:
    """Start a session. The form needs no token: it changes nothing for who is logged in."""
    login = request.form.get("login", "")
    try:
        cookie = accounts.log_in(
            db.session(),
            login,
            request.form.get("password", ""),
            now=utcnow(),
            agent=logins.agent_of(request.headers.get("User-Agent", "")),
        )
    except Unauthenticated as error:
        return Response(render_template("login.html", error=error.detail, login=login), 401)
    secure = not runtime().settings.development
    response = redirect("/review/login?entered=1" if secure else "/review/", 303)
    response.set_cookie(
        SESSION_COOKIE,
        cookie,
        max_age=int(accounts.SESSION_LENGTH.total_seconds()),
        path="/",
        httponly=True,
        secure=secure,
        samesite="Strict",
    )
    return response


@bp.post("/logout")
def log_out() -> AnyResponse:
    cookie = request.cookies.get(SESSION_COOKIE)
    found = _logged_in()
    if cookie and found is not None:
        accounts.check_csrf(found[1], request.form.get("csrf_token", ""))
        accounts.log_out(db.session(), cookie, now=utcnow())
    response = redirect("/review/login", 303)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


@bp.get("/assets/<path:name>")
def asset(name: str) -> Response:
    return _ASSETS.send(name, "public, max-age=300")


def _codes() -> list[dict[str, str]]:
    return [{"code": code.value, "filter": facts.filter} for code, facts in CODES.items()]


def _logged_in() -> tuple[Reviewer, ConsoleSession] | None:
    cookie = request.cookies.get(SESSION_COOKIE)
    return accounts.of_session(db.session(), cookie, now=utcnow()) if cookie else None
