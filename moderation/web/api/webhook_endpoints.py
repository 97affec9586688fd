"""Review API: a site's webhook endpoints, their secrets, and the delivery log."""

from typing import Any

from flask import Response, g

from moderation.domain.inner_networks import Networks
from moderation.domain.roles import Role
from moderation.services import endpoints
from moderation.services.webhooks import delivery_log
from moderation.storage.models.sites import Site
from moderation.storage.models.webhooks import WebhookEndpoint

from ..auth import require_senior, reviewer_required, runtime, utcnow
from ..database import db
from ..responses import dumps
from ..schemas.site_settings import RetryOut
from ..schemas.webhooks import (
    EndpointChangeIn,
    EndpointIn,
    EndpointOut,
    EndpointsOut,
    LogIn,
    LogOut,
    MessageSentOut,
    NewEndpointOut,
    RedeliverIn,
    SecretOut,
)
from .framework import ApiBlueprint
from .review import TOKEN, named_site

bp = ApiBlueprint(
    "webhook_endpoints", __name__, url_prefix="/api/v1/review", description="Review API"
)
ALL = "/sites/<site_name>/webhooks"
ONE = f"{ALL}/<int(max=9223372036854775807):endpoint_id>"


@bp.get(ALL)
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, EndpointsOut)
def list_endpoints(site_name: str) -> Response:
    """List a site's webhook endpoints; seniors and admins."""
    site = named_site(site_name)
    require_senior(site.id)
    found = endpoints.listed(db.session(), site.id)
    return dumps({"endpoints": [_view(site, endpoint) for endpoint in found]})


@bp.post(ALL)
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(EndpointIn())
@bp.response(201, NewEndpointOut)
def add_endpoint(given: dict[str, Any], site_name: str) -> Response:
    """Add an endpoint; the answer has its secret, this once."""
    site = named_site(site_name)
    endpoint, secret = endpoints.add(
        db.session(), site, g.reviewer.by, allowed=_allowed(), now=utcnow(), **given
    )
    return dumps({"endpoint": _view(site, endpoint), "secret": secret}, 201)


@bp.get(ONE)
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.response(200, EndpointOut)
def read_endpoint(site_name: str, endpoint_id: int) -> Response:
    """Read an endpoint's settings and state; seniors and admins."""
    site = named_site(site_name)
    require_senior(site.id)
    return dumps(_view(site, endpoints.find(db.session(), site, endpoint_id)))


@bp.patch(ONE)
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(EndpointChangeIn())
@bp.response(200, EndpointOut)
def change_endpoint(given: dict[str, Any], site_name: str, endpoint_id: int) -> Response:
    """Change an endpoint's address, event types or switch."""
    site = named_site(site_name)
    endpoint = endpoints.change(
        db.session(), site, endpoint_id, g.reviewer.by, allowed=_allowed(), now=utcnow(), **given
    )
    return dumps(_view(site, endpoint))


@bp.delete(ONE)
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(204)
def remove_endpoint(site_name: str, endpoint_id: int) -> Response:
    """Remove an endpoint with the messages that wait for it, and its log."""
    site = named_site(site_name)
    endpoints.remove(db.session(), site, endpoint_id, g.reviewer.by, now=utcnow())
    return Response(status=204)


@bp.post(f"{ONE}/secrets")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(201, SecretOut)
def rotate_secret(site_name: str, endpoint_id: int) -> Response:
    """Add a secret; the one before it signs as well, until it is removed."""
    site = named_site(site_name)
    secret = endpoints.rotate(db.session(), site, endpoint_id, g.reviewer.by, now=utcnow())
    return dumps({"secret": secret}, 201)


@bp.delete(f"{ONE}/secrets")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(204)
def end_rotation(site_name: str, endpoint_id: int) -> Response:
    """End a rotation: only the newest secret signs."""
    site = named_site(site_name)
    endpoints.end_rotation(db.session(), site, endpoint_id, g.reviewer.by, now=utcnow())
    return Response(status=204)


@bp.post(f"{ONE}/tests")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.response(201, MessageSentOut)
def send_test(site_name: str, endpoint_id: int) -> Response:
    """Queue a `test` message for this endpoint; its result is in the delivery log."""
    site = named_site(site_name)
    sent = endpoints.send_test(db.session(), site, endpoint_id, g.reviewer.by, now=utcnow())
    return dumps({"webhook_id": sent}, 201)


@bp.get(f"{ONE}/deliveries")
@bp.doc(security=TOKEN)
@reviewer_required()
@bp.arguments(LogIn(), location="query")
@bp.response(200, LogOut)
def list_deliveries(query: dict[str, Any], site_name: str, endpoint_id: int) -> Response:
    """List an endpoint's deliveries with their attempts, the newest first; seniors and admins."""
    site = named_site(site_name)
    require_senior(site.id)
    id = endpoints.find(db.session(), site, endpoint_id).id
    state, limit, before = query["state"], query["limit"], query["before"]
    page = delivery_log.page(db.session(), id, limit=limit, state=state, before_id=before)
    return dumps({"deliveries": page.entries, "next": page.next_id})


@bp.post(f"{ONE}/redeliveries")
@bp.doc(security=TOKEN)
@reviewer_required("admin")
@bp.arguments(RedeliverIn())
@bp.response(200, RetryOut)
def redeliver(given: dict[str, Any], site_name: str, endpoint_id: int) -> Response:
    """Send messages again: some by ids, or all since a time."""
    site, by = named_site(site_name), g.reviewer.by
    queued = delivery_log.redeliver(db.session(), site, endpoint_id, by, now=utcnow(), **given)
    return dumps({"queued": queued})


def _allowed() -> Networks:
    return runtime().settings.allowed_networks


def _view(site: Site, endpoint: WebhookEndpoint) -> dict[str, Any]:
    view = endpoints.view(endpoint)
    # The path, the query and the login may be secret.
    return view if g.reviewer.may(site.id, Role.ADMIN) else {**view, "url": None}
