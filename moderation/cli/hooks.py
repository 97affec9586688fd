"""`moderation hook`: webhooks that other systems send, their secrets and deliveries."""

import sys
from datetime import UTC

import click

from . import terminal
from .base import find_site, now, open_session

#: The names of `Adapter`, written out: reading them would load the services for `--help`.
ADAPTER = click.Choice(
    (
        *("ghost", "wordpress", "github", "stripe", "coral", "discourse"),
        *("ses", "postmark", "mailgun", "sendgrid", "mail"),
    )
)


@click.group()
def hook() -> None:
    """Webhooks that Ghost, WordPress, mail services and other systems send here."""


@hook.command("list")
@click.argument("site_name", metavar="SITE")
def hook_list(site_name: str) -> None:
    """List the kinds of senders that have a secret: address, and the secrets' last four."""
    from moderation.services.webhooks import hook_secrets
    from moderation.services.webhooks.hook_signatures import Adapter

    with open_session() as session:
        site = find_site(session, site_name)
        secrets = hook_secrets.listed(session, site.id)
        for adapter in Adapter:
            ends = [f"…{each['last_four']}" for each in secrets if each["adapter"] == adapter]
            if ends:
                terminal.row(adapter, f"/api/v1/sites/{site.name}/webhooks/{adapter}", *ends)


@hook.command("add")
@click.argument("site_name", metavar="SITE")
@click.argument("adapter_name", metavar="ADAPTER", type=ADAPTER)
@click.option("--secret-stdin", is_flag=True, help="Read the sender's secret from standard input.")
def hook_add(site_name: str, adapter_name: str, secret_stdin: bool) -> None:
    """Add a secret and print it, this once; the one before it stays valid."""
    from moderation.services.accounts import authentication
    from moderation.services.webhooks import hook_secrets
    from moderation.services.webhooks.hook_signatures import Adapter
    from moderation.services.webhooks.mail_signatures import header_of

    adapter = Adapter(adapter_name)
    given = sys.stdin.readline().strip() if secret_stdin else ""
    if secret_stdin and not given:
        raise click.UsageError("There is no secret on standard input.")
    with open_session() as session:
        site = find_site(session, site_name)
        secret = hook_secrets.add(
            session, site, adapter, authentication.CLI, now=now(), secret=given
        )
    terminal.show(f"Address: /api/v1/sites/{site_name}/webhooks/{adapter}")
    terminal.show(f"Header:  {header_of(adapter) or 'none: the signature is in the body'}")
    if not given:
        # Scripts read the secret from the last line.
        terminal.show(f"Its secret is\n{secret}")


@hook.command("remove")
@click.argument("site_name", metavar="SITE")
@click.argument("adapter_name", metavar="ADAPTER", type=ADAPTER)
@click.option("--all", "every", is_flag=True, help="Also the newest: nothing is accepted then.")
def hook_remove(site_name: str, adapter_name: str, every: bool) -> None:
    """End a rotation: only the newest secret stays valid."""
    from moderation.services.accounts import authentication
    from moderation.services.webhooks import hook_secrets
    from moderation.services.webhooks.hook_signatures import Adapter

    drop = hook_secrets.drop_all if every else hook_secrets.drop_old
    with open_session() as session:
        site = find_site(session, site_name)
        dropped = drop(session, site, Adapter(adapter_name), authentication.CLI, now=now())
    terminal.show(f"{dropped} secret{'' if dropped == 1 else 's'} removed.")


@hook.command("deliveries")
@click.argument("site_name", metavar="SITE")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
def hook_deliveries(site_name: str, limit: int) -> None:
    """List received webhooks, newest first: time, sender, outcome, event, post and id."""
    from moderation.services.webhooks import hook_log

    with open_session() as session:
        site = find_site(session, site_name)
        for each in hook_log.newest(session, site.id, limit=limit):
            outcome = f"{each['outcome']} ({each['code']})" if each["code"] else each["outcome"]
            at = f"{each['received_at'].astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
            rest = (each["event"], each["post"] or "", each["delivery"])
            terminal.row(at, each["adapter"], outcome, *(part or "-" for part in rest))
