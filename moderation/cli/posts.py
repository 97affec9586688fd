"""`moderation posts`: the threads of a site."""

import click

from . import terminal
from .base import find_site, now, open_session


@click.group()
def posts() -> None:
    """Posts: the pages that are commented on."""


@posts.command("move")
@click.option("--site", "site_name", metavar="SITE", required=True)
@click.option("--from", "begins", metavar="PREFIX", required=True, help="Beginning of the ids.")
@click.option("--to", "becomes", metavar="PREFIX", required=True, help="What it becomes.")
@click.option("--dry-run", is_flag=True, help="Print what would be moved, and change nothing.")
def posts_move(site_name: str, begins: str, becomes: str, dry_run: bool) -> None:
    """Give posts other ids, after a site has changed its addresses.

    A post that has the new id already gets the comments of both. Earlier ids go on working for
    pages that readers have open.
    """
    from ..domain import actors
    from ..domain.status import Actor
    from ..services.transfer import posts_move as moving

    with open_session() as session:
        site = find_site(session, site_name)
        if dry_run:
            made = moving.plan(session, site, begins, becomes)
        else:
            by = actors.By(Actor.SITE, "cli")
            made = moving.move(session, site, begins, becomes, by, now=now())
    if dry_run:
        for each in made.moves[: moving.EXAMPLES]:
            terminal.row(each.old_id, each.new_id)
        if made.moves[moving.EXAMPLES :]:
            terminal.show(f"… and {len(made.moves) - moving.EXAMPLES:,} more")
    count = len(made.moves) if dry_run else made.moved
    terminal.show(
        f"{'Would move' if dry_run else 'Moved'} {count:,} post{'' if count == 1 else 's'}, "
        f"{made.merged:,} of them into one that has the id already."
    )
    for old_id in made.refused[: moving.EXAMPLES]:
        terminal.show(f"Not moved, since its new id would be too long: {old_id}")
    for prefix in made.sections:
        terminal.show(
            f"The section {prefix} has rules for ids that begin so: change it in the settings."
        )
