"""The console's page Import."""

from flask import Response, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from moderation.domain.roles import Role
from moderation.services.sites import registry

from ..database import db
from .console import visitor
from .console_site import bp

__all__ = ["bp"]


@bp.get("/import/")
@bp.get("/import/<name>")
def import_page(name: str | None = None) -> AnyResponse:
    """Return the shell of a site's import; the API checks permissions."""
    reviewer, console = visitor()
    known = registry.reviewable(db.session(), reviewer.reach.sites(Role.ADMIN))
    if name is None:
        return redirect(f"/review/import/{known[0].name}" if known else "/review/", 303)
    here = next((each for each in known if each.name == name), None)
    return Response(
        render_template(
            "import.html",
            reviewer=reviewer,
            csrf_token=console.csrf_token,
            sites=known,
            name=name,
            title=here.title if here else "",
            admin=here is not None,
            senior=reviewer.reach.anywhere(Role.SENIOR),
            here="import",
        )
    )
