"""`moderation webhook`: endpoints of sites, failed messages, and how to resend them."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from moderation.domain.hosts import masked_password

from . import terminal
from .base import allowed_networks, chosen_sites, find_site, now, open_session

if TYPE_CHECKING:
    from moderation.storage.models.webhooks import WebhookEndpoint

MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
#: Deliveries of a list.
LISTED = 50


@click.group()
def webhook() -> None:
    """Webhook endpoints, and failed webhooks."""


# Endpoints


@webhook.command("endpoints")
@click.argument("site_name", metavar="[SITE]", required=False)
def webhook_endpoints(site_name: str | None) -> None:
    """List endpoints: site, number, address, events, state."""
    from moderation.services import endpoints

    with open_session() as session:
        for site in chosen_sites(session, site_name):
            for endpoint in endpoints.listed(session, site.id):
                terminal.row(
                    site.name, str(endpoint.id), masked_password(endpoint.url), *_columns(endpoint)
                )


def _columns(endpoint: "WebhookEndpoint") -> tuple[str, str]:
    from moderation.services import endpoints

    shown = endpoints.view(endpoint)
    events = ", ".join(shown["events"]) or "all events"
    state = "on"
    if shown["disabled_at"]:
        state = f"off since {moment(shown['disabled_at'])} ({shown['disabled_why']})"
    elif shown["given_up_at"]:
        state = f"failing since {moment(shown['failing_since'])}, messages were given up"
    elif shown["failing_since"]:
        state = f"failing since {moment(shown['failing_since'])}"
    return events + (", held texts" if shown["held_text"] else ""), state


@webhook.command("add")
@click.argument("site_name", metavar="SITE")
@click.argument("url")
@click.option("--event", "events", multiple=True, help="Event type; repeatable; none: all.")
@click.option("--held-text", is_flag=True, help="Send the texts of unpublished comments, too.")
def webhook_add(site_name: str, url: str, events: tuple[str, ...], held_text: bool) -> None:
    """Add an endpoint; prints its number, and its secret in the last line."""
    from moderation.services import endpoints
    from moderation.services.accounts import authentication

    with open_session() as session:
        endpoint, secret = endpoints.add(
            session,
            find_site(session, site_name),
            authentication.CLI,
            url,
            allowed=allowed_networks(),
            now=now(),
            events=events,
            held_text=held_text,
        )
        click.echo(f"Endpoint {endpoint.id} of {site_name} was added. Its secret is\n{secret}")


@webhook.command("change")
@click.argument("site_name", metavar="SITE")
@click.argument("endpoint_id", metavar="ENDPOINT", type=int)
@click.option("--url")
@click.option("--event", "events", multiple=True, help="Replaces all event types; repeatable.")
@click.option("--all-events", is_flag=True, help="Send every event.")
@click.option("--held-text/--no-held-text", default=None, help="Texts of unpublished comments.")
@click.option("--on/--off", "enabled", default=None, help="Messages wait while it is off.")
def webhook_change(
    site_name: str,
    endpoint_id: int,
    url: str | None,
    events: tuple[str, ...],
    all_events: bool,
    held_text: bool | None,
    enabled: bool | None,
) -> None:
    """Change an endpoint's address, events or switch."""
    from moderation.services import endpoints
    from moderation.services.accounts import authentication

    with open_session() as session:
        endpoint = endpoints.change(
            session,
            find_site(session, site_name),
            endpoint_id,
            authentication.CLI,
            allowed=allowed_networks(),
            now=now(),
            url=url,
            events=[] if all_events else events or None,
            held_text=held_text,
            enabled=enabled,
        )
        terminal.row(
            site_name, str(endpoint.id), masked_password(endpoint.url), *_columns(endpoint)
        )


@webhook.command("remove")
@click.argument("site_name", metavar="SITE")
@click.argument("endpoint_id", metavar="ENDPOINT", type=int)
def webhook_remove(site_name: str, endpoint_id: int) -> None:
    """Remove an endpoint with the messages that wait for it, and its log."""
    _call("remove", site_name, endpoint_id)
    click.echo(f"Endpoint {endpoint_id} of {site_name} was removed.")


@webhook.command("rotate")
@click.argument("site_name", metavar="SITE")
@click.argument("endpoint_id", metavar="ENDPOINT", type=int)
def webhook_rotate(site_name: str, endpoint_id: int) -> None:
    """Add a secret to an endpoint and print it; the previous one signs, too."""
    click.echo(_call("rotate", site_name, endpoint_id))


@webhook.command("end-rotation")
@click.argument("site_name", metavar="SITE")
@click.argument("endpoint_id", metavar="ENDPOINT", type=int)
def webhook_end_rotation(site_name: str, endpoint_id: int) -> None:
    """End a rotation: only the endpoint's newest secret signs."""
    dropped = _call("end_rotation", site_name, endpoint_id)
    click.echo(f"{dropped} older secret{'' if dropped == 1 else 's'} removed.")


@webhook.command("test")
@click.argument("site_name", metavar="SITE")
@click.argument("endpoint_id", metavar="ENDPOINT", type=int)
def webhook_test(site_name: str, endpoint_id: int) -> None:
    """Queue a test message for an endpoint."""
    sent = _call("send_test", site_name, endpoint_id)
    click.echo(f"{sent} is queued. `moderation webhook deliveries {site_name}` has its result.")


def _call(action: str, site_name: str, endpoint_id: int) -> Any:
    from moderation.services import endpoints
    from moderation.services.accounts import authentication

    with open_session() as session:
        site = find_site(session, site_name)
        return getattr(endpoints, action)(session, site, endpoint_id, authentication.CLI, now=now())


# Deliveries


@webhook.command("deliveries")
@click.argument("site_name", metavar="SITE")
@click.argument("endpoint_id", metavar="[ENDPOINT]", type=int, required=False)
def webhook_deliveries(site_name: str, endpoint_id: int | None) -> None:
    """List a site's newest deliveries: time, endpoint, state, answer, milliseconds, type, id."""
    show_deliveries(site_name, endpoint_id)


def show_deliveries(site_name: str, endpoint_id: int | None = None) -> None:
    """Print a site's newest deliveries, a line each."""
    from moderation.services import endpoints
    from moderation.services.webhooks import delivery_log

    with open_session() as session:
        site = find_site(session, site_name)
        if endpoint_id is None:
            entries = delivery_log.newest(session, site, limit=LISTED)
        else:
            id = endpoints.find(session, site, endpoint_id).id
            entries = delivery_log.page(session, id, limit=LISTED).entries
        for each in entries:
            last = each["log"][-1] if each["log"] else {"status": "-", "ms": "-"}
            terminal.row(
                site.name,
                moment(each["created_at"]),
                str(each["endpoint"]),
                each["state"],
                each["error"] or str(last["status"]),
                f"{last['ms']} ms",
                each["type"],
                str(each["id"]),
            )


@webhook.command("redeliver")
@click.argument("site_name", metavar="SITE")
@click.argument("endpoint_id", metavar="ENDPOINT", type=int)
@click.argument("ids", nargs=-1, type=click.UUID, metavar="[ID]...")
@click.option("--since", type=MOMENT, help="All that failed and happened since then (UTC).")
@click.option("--delivered", is_flag=True, help="With --since: those that were delivered, too.")
def webhook_redeliver(
    site_name: str,
    endpoint_id: int,
    ids: tuple[UUID, ...],
    since: datetime | None,
    delivered: bool,
) -> None:
    """Send messages to an endpoint again: some by id, or all since a time."""
    from moderation.services.accounts import authentication
    from moderation.services.webhooks import delivery_log

    with open_session() as session:
        queued = delivery_log.redeliver(
            session,
            find_site(session, site_name),
            endpoint_id,
            authentication.CLI,
            now=now(),
            ids=ids or None,
            since=since.replace(tzinfo=UTC) if since else None,
            delivered=delivered,
        )
    click.echo(f"{queued} {'message is' if queued == 1 else 'messages are'} sent again.")


def moment(at: datetime) -> str:
    """Return a time as the commands print it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
