"""Compiled files for the processes that tests start."""

import os
import sys
from pathlib import Path


def keep_bytecode() -> None:
    """Let this process and its children keep what they compile, in `build/bytecode`.

    Where PYTHONDONTWRITEBYTECODE is set, as in many containers, each process compiles Flask,
    SQLAlchemy and the filters anew, for more than two seconds. Elsewhere nothing changes.
    """
    if not sys.dont_write_bytecode:
        return
    folder = str(Path(__file__).parents[1] / "build" / "bytecode")
    sys.dont_write_bytecode = False
    sys.pycache_prefix = folder
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = folder
