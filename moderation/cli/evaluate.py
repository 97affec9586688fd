"""`moderation evaluate`: measure a score against a labelled file."""

from pathlib import Path

import click


@click.command()
@click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV with a header, or JSON lines; gzipped or not.",
)
@click.option("--text", required=True, help="Column with the comments.")
@click.option("--label", required=True, help="Column with 0 or 1, yes or no, or a share.")
@click.option("--score", required=True, help="Name of the score, such as toxicity.")
@click.option("--positive", help="Value of the label column that counts as labelled.")
@click.option(
    "--plot",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for ROC, precision-recall and reliability curves.",
)
@click.option(
    "--held-out", is_flag=True, help="Only the tenth that no shipped model was trained on."
)
@click.option("--show-text", is_flag=True, help="Show the start of the worst rows.")
def evaluate(
    data: Path,
    text: str,
    label: str,
    score: str,
    positive: str | None,
    plot: Path | None,
    held_out: bool,
    show_text: bool,
) -> None:
    """Compare a score of the filters with labels: AUC, thresholds, calibration, worst rows."""
    from moderation.training import evaluate as service
    from moderation.training.reader import dataset

    try:
        found = service.evaluate(
            data,
            text=text,
            label=label,
            score=score,
            positive=positive,
            show_text=show_text,
            choose=dataset.held_out if held_out else bool,
        )
    except (service.Unusable, UnicodeDecodeError, OSError, EOFError) as error:
        raise click.ClickException(str(error)) from None
    for line in service.report(found):
        click.echo(line)
    if plot is not None:
        from moderation.training.plots import plot as draw

        bins = [(part.mean_score, part.share, part.rows) for part in found.bins]
        try:
            files = draw(plot, score, found.labels, found.scores, bins)
        except ModuleNotFoundError as error:
            raise click.ClickException(
                f"--plot needs {error.name}: install the extra train"
            ) from None
        for file in files:
            click.echo(f"wrote {file}")
