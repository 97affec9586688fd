"""Notices to a site's admins about a webhook endpoint; `notifications/notices` sends them."""

from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from moderation.domain.roles import Role
from moderation.storage.models.accounts import Moderator, Notice, SiteRole
from moderation.storage.models.base import new_id
from moderation.storage.models.webhooks import WebhookEndpoint

from .. import audit

#: Kinds of notices: all attempts of a delivery failed; the receiver answered 410.
GIVEN_UP, GONE = "webhook-given-up", "webhook-gone"


def tell_admins(
    session: Session, endpoint: WebhookEndpoint, site_name: str, kind: str, now: datetime
) -> None:
    """Queue a mail to every admin of the site, in the caller's transaction."""
    admin = Role.ADMIN.value
    is_site_admin = exists().where(
        SiteRole.moderator_id == Moderator.id,
        SiteRole.site_id == endpoint.site_id,
        SiteRole.role == admin,
    )
    admins = session.scalars(
        select(Moderator).where(
            or_(Moderator.role == admin, is_site_admin),
            Moderator.disabled_at.is_(None),
            Moderator.email_confirmed_at.is_not(None),
            Moderator.email != "",
        )
    )
    # The address without its path, which may be secret.
    detail = f"{site_name}, endpoint {endpoint.id} ({audit.origin_of(endpoint.url)})"[:300]
    for moderator in admins:
        session.add(
            Notice(
                id=new_id(),
                moderator_id=moderator.id,
                kind=kind,
                detail=detail,
                recipient=moderator.email,
                attempts=0,
                due_at=now,
                created_at=now,
            )
        )
