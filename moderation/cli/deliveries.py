"""`moderation deliveries`, `webhook` and `mail`: failed deliveries, and how to resend them."""

from datetime import UTC, datetime
from uuid import UUID

import click

from .base import chosen_sites, find_site, now, open_session
from .webhooks import MOMENT, moment, show_deliveries, webhook

# Webhooks


@click.command()
@click.argument("site_name", metavar="[SITE]", required=False)
def deliveries(site_name: str | None) -> None:
    """List the newest deliveries of webhooks, of one site or of all."""
    with open_session() as session:
        names = [site.name for site in chosen_sites(session, site_name)]
    for name in names:
        show_deliveries(name)


@webhook.command("list")
@click.argument("site_name", metavar="[SITE]", required=False)
def webhook_list(site_name: str | None) -> None:
    """List failed webhooks, newest first: time, error, event type and id."""
    from moderation.services import undelivered

    with open_session() as session:
        for site in chosen_sites(session, site_name):
            state = undelivered.webhook_state(session, site)
            if state["disabled_at"]:
                click.echo(
                    f"{site.name}\tswitched off since {moment(state['disabled_at'])}: "
                    f"`moderation webhook enable {site.name}` switches it on"
                )
            for each in undelivered.failed_messages(session, site):
                click.echo(
                    f"{site.name}\t{moment(each['failed_at'])}\t{each['error'] or '-'}\t"
                    f"{each['type']}\t{each['id']}"
                )
            more = state["failed"] - undelivered.LISTED
            if more > 0:
                click.echo(f"{site.name}\t… {more} more")


@webhook.command("retry")
@click.argument("site_name", metavar="SITE")
@click.argument("ids", nargs=-1, type=click.UUID, metavar="[ID]...")
@click.option("--since", type=MOMENT, help="Only those that failed since then (UTC).")
def webhook_retry(site_name: str, ids: tuple[UUID, ...], since: datetime | None) -> None:
    """Resend failed webhooks: all, or some by id or since a time."""
    from moderation.services import undelivered
    from moderation.services.accounts import authentication

    with open_session() as session:
        queued = undelivered.retry_messages(
            session,
            find_site(session, site_name),
            authentication.CLI,
            now=now(),
            ids=ids or None,
            since=since.replace(tzinfo=UTC) if since else None,
        )
    click.echo(f"{queued} {'message is' if queued == 1 else 'messages are'} sent again.")


@webhook.command("enable")
@click.argument("site_name", metavar="SITE")
def webhook_enable(site_name: str) -> None:
    """Switch a site's webhook on again, for example after the receiver answered 410."""
    _switch(site_name, on=True)
    click.echo(f"The webhook of {site_name} is on: queued messages are sent.")


@webhook.command("disable")
@click.argument("site_name", metavar="SITE")
def webhook_disable(site_name: str) -> None:
    """Switch a site's webhook off; new messages are queued."""
    _switch(site_name, on=False)
    click.echo(f"The webhook of {site_name} is off: messages are queued until it is on again.")


def _switch(site_name: str, *, on: bool) -> None:
    from moderation.services import undelivered
    from moderation.services.accounts import authentication

    with open_session() as session:
        site = find_site(session, site_name)
        undelivered.switch_webhook(session, site, authentication.CLI, on=on, now=now())


# Mail


@click.group()
def mail() -> None:
    """Mail: failures to moderators, and addresses of readers that are not written to."""


@mail.command("list")
def mail_list() -> None:
    """List the moderators whose mail failed: number, last time and error."""
    from moderation.services import undelivered

    with open_session() as session:
        for each in undelivered.failed_mails(session):
            click.echo(
                f"{each['login']}\t{each['lines']}\t{moment(each['failed_at'])}\t{each['error']}"
            )


@mail.command("retry")
@click.argument("login", required=False)
def mail_retry(login: str | None) -> None:
    """Resend failed mail, to all or to one moderator."""
    from moderation.services import undelivered
    from moderation.services.accounts import authentication

    with open_session() as session:
        if login is not None:
            authentication.named(session, login)
        queued = undelivered.retry_mails(session, now=now(), login=login)
    click.echo(f"{queued} {'line is' if queued == 1 else 'lines are'} sent again.")
