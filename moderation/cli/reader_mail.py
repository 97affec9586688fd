"""`moderation mail bounced`, `complained`, `report`, `status` and `allow`: addresses of readers."""

import sys
from typing import TYPE_CHECKING

import click

from . import terminal
from .base import now, open_session
from .deliveries import mail
from .webhooks import moment

__all__ = ["mail"]

if TYPE_CHECKING:
    from moderation.services.signing import Signing


@mail.command("bounced")
@click.argument("address")
def bounced(address: str) -> None:
    """Stop all mail to a reader's address that mail servers refuse."""
    _stop(address, "bounced")


@mail.command("complained")
@click.argument("address")
def complained(address: str) -> None:
    """Stop all mail to the address of a reader who reported it as spam."""
    _stop(address, "complained")


@mail.command("report")
def report() -> None:
    """Read a bounce or a complaint from standard input, and stop the address it is about.

    For the mailbox of MODERATION_MAIL_FROM: delivery status notifications (RFC 3464) and
    complaints (RFC 5965). It is believed only if it quotes a mail of this service.
    """
    from moderation.services.notifications import bounces, reader_upkeep

    found = bounces.read(sys.stdin.buffer.read(bounces.LONGEST))
    if found is None:
        click.echo("Nothing to stop: no permanent failure or complaint about a mail of ours.")
        return
    mail_id, why = found
    with open_session() as session:
        known = reader_upkeep.stop_recipient(session, mail_id, why, now=now())
    click.echo(f"Stopped: {why}." if known else "Nothing to stop: the mail is not known here.")


@mail.command("status")
@click.argument("address")
def status(address: str) -> None:
    """Report whether an address is stopped."""
    from moderation.services.notifications import reader_upkeep

    with open_session() as session:
        found = reader_upkeep.stopped(session, _key(address))
    click.echo(f"Stopped since {moment(found.since)}: {found.why}." if found else "Not stopped.")


@mail.command("allow")
@click.argument("address")
def allow(address: str) -> None:
    """Let sites write to a stopped address again."""
    from moderation.services.notifications import reader_upkeep

    with open_session() as session:
        was_stopped = reader_upkeep.allow(session, _key(address))
    click.echo("Mail is sent to it again." if was_stopped else "It was not stopped.")


def _stop(address: str, why: str) -> None:
    from moderation.services.notifications import reader_upkeep

    with open_session() as session:
        reader_upkeep.stop(session, _key(address), why, now=now())
    click.echo(f"No mail is sent to this address any more: {why}.")


def _key(address: str) -> str:
    from moderation.domain.hosts import BadAddress
    from moderation.domain.mailboxes import mailbox

    try:
        return _signing().author_key("email", mailbox(address).casefold())
    except BadAddress as error:
        raise terminal.Refused(str(error)) from None


def _signing() -> "Signing":
    from moderation.services.signing import Signing
    from moderation.startup import load_settings

    return Signing(load_settings())
