"""`moderation transparency`: counts and statements for the Digital Services Act."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from . import terminal
from .base import find_site, open_session

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--site", "site_name", required=True, help="The site's name.")
@click.option("--from", "first", type=_DAY, required=True, help="First day, in UTC.")
@click.option("--to", "last", type=_DAY, required=True, help="Last day, in UTC.")
@click.option(
    "--format", "form", type=click.Choice(["json", "csv"]), default="json", show_default=True
)
@click.option(
    "--statements",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write statements of reasons, one JSON object a line.",
)
def transparency(
    site_name: str, first: datetime, last: datetime, form: str, path: Path | None
) -> None:
    """Count notices, decisions and appeals for a transparency report; no personal data."""
    from moderation.services.community import statements
    from moderation.services.community import transparency as counting

    if last < first:
        raise click.UsageError("--to is before --from.")
    period = counting.Period(
        first.replace(tzinfo=UTC), last.replace(tzinfo=UTC) + timedelta(days=1)
    )
    with open_session() as session:
        site = find_site(session, site_name)
        counts = counting.report(session, site, period)
        if path is not None:
            try:
                with path.open("w", encoding="utf-8") as file:
                    for each in statements.statements(session, site, period):
                        file.write(json.dumps(each, ensure_ascii=False) + "\n")
            except OSError as error:
                raise click.UsageError(f"{path} cannot be written: {error}") from None
    if form == "json":
        terminal.show(json.dumps(counts, ensure_ascii=False, indent=2))
        return
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["measure", "value"])
    writer.writerows(counting.flat(counts))
    terminal.show(table.getvalue().rstrip("\n"))
