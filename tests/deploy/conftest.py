"""Fixtures of the deployment tests."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user may enter, as the root of an image or a machine."""
    folder = Path(tempfile.mkdtemp(prefix="moderation-image-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
