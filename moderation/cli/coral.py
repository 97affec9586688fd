"""`moderation coral`: the signing secrets of Coral's external phase."""

import click

from . import terminal
from .base import find_site, now, open_session


@click.group()
def coral() -> None:
    """Coral's external moderation phase."""


@coral.command("add")
@click.argument("site_name", metavar="SITE")
@click.option("--secret", prompt=True, hide_input=True, help="As Coral shows it; asked for.")
def coral_add(site_name: str, secret: str) -> None:
    """Add the signing secret of a phase; the one before it stays valid."""
    from moderation.services.compat import coral_secrets

    with open_session() as session:
        coral_secrets.add(session, find_site(session, site_name), secret, now=now())
    terminal.show(f"The secret was added. The phase's address ends in /coral/{site_name}/moderate")


@coral.command("list")
@click.argument("site_name", metavar="SITE")
def coral_list(site_name: str) -> None:
    """Print when each valid secret was added, newest first; secrets are never shown."""
    from moderation.services.compat import coral_secrets

    with open_session() as session:
        for added in coral_secrets.ages(session, find_site(session, site_name)):
            terminal.show(f"{added:%Y-%m-%d %H:%M} UTC")


@coral.command("remove")
@click.argument("site_name", metavar="SITE")
@click.option("--old", is_flag=True, help="Keep the newest: this ends a rotation.")
def coral_remove(site_name: str, *, old: bool) -> None:
    """Remove the secrets of a site at once."""
    from moderation.services.compat import coral_secrets

    with open_session() as session:
        found = find_site(session, site_name)
        removed = coral_secrets.remove(session, found, now=now(), only_old=old)
    terminal.show(f"{removed} secret{'' if removed == 1 else 's'} removed.")
