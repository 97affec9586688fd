"""`moderation sign-on`: secrets with which a site signs its readers on, and a check of tokens."""

from typing import TextIO

import click

from . import terminal
from .base import find_site, now, open_session


@click.group("sign-on")
def sign_on() -> None:
    """Sign-on of a site's readers by tokens: see docs/sign-on.md."""


@sign_on.command("secrets")
@click.argument("site_name", metavar="SITE")
def sign_on_secrets(site_name: str) -> None:
    """Print the valid secrets, newest first."""
    from moderation.services.sites.sign_on_secrets import secrets_of

    with open_session() as session:
        for value in secrets_of(session, find_site(session, site_name).id):
            terminal.show(value)


@sign_on.command("rotate")
@click.argument("site_name", metavar="SITE")
def sign_on_rotate(site_name: str) -> None:
    """Add a secret and print it; the previous one stays valid until `sign-on remove`."""
    from moderation.services.sites.sign_on_secrets import rotate

    with open_session() as session:
        terminal.show(rotate(session, find_site(session, site_name), now=now()))


@sign_on.command("remove")
@click.argument("site_name", metavar="SITE")
@click.option("--all", "every", is_flag=True, help="The newest as well: this ends sign-on.")
def sign_on_remove(site_name: str, every: bool) -> None:
    """End a rotation: only the newest secret stays valid."""
    from moderation.services.sites.sign_on_secrets import drop_all, drop_old

    with open_session() as session:
        found = find_site(session, site_name)
        dropped = (drop_all if every else drop_old)(session, found, now=now())
    terminal.show(f"{dropped} secret{'' if dropped == 1 else 's'} removed.")


@sign_on.command("check")
@click.argument("site_name", metavar="SITE")
@click.option("--token", "source", type=click.File("r"), default="-", help="File; else stdin.")
def sign_on_check(site_name: str, source: TextIO) -> None:
    """Read a token, and print whom it names or what is wrong with it."""
    from moderation.domain.errors import ModerationError
    from moderation.services.sites import sign_on
    from moderation.services.sites.sign_on_keys import KeySets
    from moderation.startup import load_settings

    token = source.read(sign_on.LONGEST_TOKEN + 2).strip()
    with open_session() as session:
        found = find_site(session, site_name)
        keys = KeySets(load_settings().allowed_networks)
        try:
            member = sign_on.verify(session, keys, found, token, now=now())
        except ModerationError as error:
            raise click.ClickException(f"{error.code}: {error.detail}") from None
    terminal.show(f"{member.name} ({member.id}), role: {member.role.value or 'none'}")
