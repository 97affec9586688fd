"""The console's page Settings of a site, with its prepared exports, which need no script."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from flask import Response, abort, redirect, render_template, request
from marshmallow import ValidationError
from werkzeug.wrappers import Response as AnyResponse

from moderation.domain.errors import ModerationError
from moderation.domain.export_state import UNFINISHED
from moderation.domain.roles import Role
from moderation.services.accounts import authentication
from moderation.services.accounts.authentication import Reviewer
from moderation.services.sites import registry
from moderation.services.transfer import site_exports
from moderation.services.transfer.exporting import Format
from moderation.services.transfer.snapshot import Scope
from moderation.storage.models.accounts import ConsoleSession
from moderation.storage.models.site_exports import SiteExport
from moderation.storage.models.sites import Site

from ..auth import runtime, utcnow
from ..database import db
from ..errors import headers_of, status_of
from ..origins import refuse_other_sites
from ..schemas.exports import ExportIn
from . import console_words, i18n
from .console import bp, visitor

__all__ = ["bp"]


@bp.get("/sites/")
@bp.get("/sites/<name>")
def site(name: str | None = None) -> AnyResponse:
    """Return the page of a site's settings; the API checks permissions."""
    return _page(name)


@bp.get("/exports/<name>")
def exports(name: str) -> AnyResponse:
    """Return the list of a site's exports, with which the page's module replaces the one shown."""
    _, console, found = _administered(name)
    listed = _listed(found)
    return Response(
        render_template("exports.html", name=name, csrf_token=console.csrf_token, **listed)
    )


@bp.post("/exports/<name>")
def order_export(name: str) -> AnyResponse:
    """Order an export by the page's form; return to the page, with the reason if it fails."""
    reviewer, _, found = _administered(name)
    form = {key: request.form.get(key, "") for key in ("format", "since")}
    posts = [line.strip() for line in request.form.get("posts", "").splitlines()]
    try:
        given = ExportIn().load({**form, "posts": [post for post in posts if post]})
    except ValidationError:
        return _page(name, problem=console_words.asked().t("exports.wrongPart"), status=422)
    scope = Scope(given["since"], tuple(given["posts"]))
    try:
        site_exports.order(
            db.session(),
            runtime().settings,
            found,
            given["format"],
            scope,
            reviewer.by,
            now=utcnow(),
        )
    except ModerationError as error:
        return _page(name, problem=error.detail, status=status_of(error), headers=headers_of(error))
    return redirect(f"/review/sites/{found.name}#export", 303)


@bp.post("/exports/<name>/<uuid:export_id>")
def delete_export(name: str, export_id: UUID) -> AnyResponse:
    """Delete an export by its button; one that is gone already is no error."""
    _, _, found = _administered(name)
    try:
        site_exports.discard(db.session(), runtime().settings, found, export_id, now=utcnow())
    except ModerationError as error:
        if status_of(error) != 404:
            raise
    return redirect(f"/review/sites/{found.name}#export", 303)


def _administered(name: str) -> tuple[Reviewer, ConsoleSession, Site]:
    """Return the reviewer and a site of which they are an admin; end the request otherwise."""
    reviewer, console = visitor()
    if request.method == "POST":
        refuse_other_sites()
        authentication.check_csrf(console, request.form.get("csrf_token", ""))
    known = registry.reviewable(db.session(), reviewer.reach.sites(Role.ADMIN))
    found = next((each for each in known if each.name == name), None)
    if found is None:
        abort(404)
    return reviewer, console, found


def _page(
    name: str | None,
    *,
    problem: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> AnyResponse:
    reviewer, console = visitor()
    known = registry.reviewable(db.session(), reviewer.reach.sites(Role.SENIOR))
    if name is None:
        return redirect(f"/review/sites/{known[0].name}" if known else "/review/", 303)
    here = next((each for each in known if each.name == name), None)
    admin = here is not None and reviewer.may(here.id, Role.ADMIN)
    return Response(
        render_template(
            "site.html",
            reviewer=reviewer,
            csrf_token=console.csrf_token,
            sites=known,
            name=name,
            title=here.title if here else "",
            admin=admin,
            senior=reviewer.reach.anywhere(Role.SENIOR),
            problem=problem,
            given=request.form,
            hours=runtime().settings.export_hours,
            here="site",
            **(_listed(here) if admin and here is not None else {}),
        ),
        status,
        headers,
    )


#: The formats in the order of the form; JSON lines have a name in each language.
FORMATS = {
    Format.JSONL: "",
    Format.WXR: "WordPress",
    Format.DISQUS: "Disqus",
    Format.CSV: "CSV",
}


def _listed(site: Site) -> dict[str, object]:
    found: Sequence[SiteExport] = site_exports.all_of(db.session(), site, now=utcnow())
    lang = console_words.asked().lang
    return {
        "exports": found,
        "formats": FORMATS,
        "unfinished": UNFINISHED,
        "moment": lambda at: _moment(at, lang),
        "size": _size,
    }


def _moment(at: datetime, lang: str) -> str:
    """Return a time in UTC; the page's module shows it in the zone of the browser."""
    return f"{i18n.words(lang).date(at.astimezone(UTC))} UTC"


def _size(size: int) -> str:
    words = console_words.asked()
    if size >= 10_000_000:
        return words.t("exports.megabytes", n=round(size / 1_000_000))
    return words.t("exports.kilobytes", n=max(1, round(size / 1000)))
