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
@click.option(
    "--cross-validate",
    type=click.IntRange(2, 10),
    help="Measure the agreement with Perspective's scores by so many trainings without a part.",
)
def toxicity(data: Path, out: Path | None, cross_validate: int | None) -> None:
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
        measured = train_toxicity(data, target, tell=click.echo, fold_count=cross_validate or 0)
    except OSError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"held-out rows of natural prevalence: {measured.rows}")
    for name, area in measured.aucs.items():
        click.echo(f"  {name:16} AUC {area:.4f}")
    click.echo(f"  {'mean':16} AUC {measured.mean_auc:.4f}")
    found = {"held-out": measured.perspective, "cross-validated": measured.crossed}
    for kind, agreement in found.items():
        if agreement is not None:
            click.echo(
                f"Perspective, {agreement.rows} {kind} rows: rank correlation "
                f"{agreement.rank:.3f}, F1 at 0.8 {agreement.f1:.3f}"
            )
    click.echo(f"wrote {target} ({measured.file_size} bytes)")


@train.command()
@click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the labelled sources.",
)
@click.option(
    "--model",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File to measure; by default the model in the package.",
)
def measure(data: Path, model: Path | None) -> None:
    """Measure a toxicity model on every held-out source and on our own sentences."""
    from moderation.filters.toxicity import MODEL, Toxicity
    from moderation.training.report import Checkup

    try:
        for line in Checkup(Toxicity(model or MODEL), data).lines():
            click.echo(line)
    except OSError as error:
        raise click.ClickException(str(error)) from None


@train.command()
@click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the labelled sources: youtube-spam/*.csv and, if there, jigsaw/train.csv.gz.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; by default the weights in the package.",
)
def spam(data: Path, out: Path | None) -> None:
    """Train the spam weights, and measure them on each video that the others did not teach."""
    from moderation.filters import train_spam

    folder, ham = data / "youtube-spam", data / "jigsaw" / "train.csv.gz"
    if not any(folder.glob("*.csv")):
        raise click.ClickException(f"there are no CSV files in {folder}: get the labelled comments")
    try:
        train_spam.main(out or train_spam.SHIPPED, folder, ham if ham.exists() else None)
    except OSError as error:
        raise click.ClickException(str(error)) from None
