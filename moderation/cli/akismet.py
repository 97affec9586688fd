"""`moderation akismet`: verdicts that were not delivered to the platforms that wait for them."""

import click

from . import terminal
from .base import find_site, now, open_session


@click.group()
def akismet() -> None:
    """Moderators' verdicts for platforms that check comments by Akismet's protocol."""


@akismet.command("list")
@click.argument("site_name", metavar="SITE")
def akismet_list(site_name: str) -> None:
    """List failed verdicts, newest first: time, error and comment."""
    from moderation.services.compat import akismet_callbacks

    with open_session() as session:
        for each in akismet_callbacks.failed(session, find_site(session, site_name)):
            at = f"{each.failed_at:%Y-%m-%d %H:%M} UTC" if each.failed_at else "-"
            terminal.row(at, each.error or "-", str(each.comment_id))


@akismet.command("retry")
@click.argument("site_name", metavar="SITE")
def akismet_retry(site_name: str) -> None:
    """Send failed verdicts again."""
    from moderation.services.compat import akismet_callbacks

    with open_session() as session:
        found = find_site(session, site_name)
        count = akismet_callbacks.retry_failed(session, found, now=now())
    terminal.show(f"{count} verdict{'' if count == 1 else 's'} will be sent again.")
