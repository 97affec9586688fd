"""`moderation train`: learn the models that ship with the package."""

from pathlib import Path

import click


@click.group()
def train() -> None:
    """Train a model from labelled data; needs the extra train."""


@train.command()
@click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the labelled sources.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; by default the model in the package.",
)
def toxicity(data: Path, out: Path | None) -> None:
    """Train the toxicity model and measure it on the held-out tenth."""
    from moderation.filters.toxicity import MODEL

    try:
        from moderation.training.toxicity import train_toxicity
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"training needs {error.name}: install the extra train"
        ) from None
    target = out or MODEL
    try:
        measured = train_toxicity(data, target, tell=click.echo)
    except OSError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"held-out rows of natural prevalence: {measured.rows}")
    for name, area in measured.aucs.items():
        click.echo(f"  {name:16} AUC {area:.4f}")
    click.echo(f"  {'mean':16} AUC {measured.mean_auc:.4f}")
    click.echo(
        f"Perspective, {measured.perspective_rows} held-out rows: rank correlation "
        f"{measured.perspective_rank:.3f}, F1 at 0.8 {measured.perspective_f1:.3f}"
    )
    click.echo(f"wrote {target} ({measured.file_size} bytes)")
