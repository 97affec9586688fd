"""Requirements of an installation on the machine that tests it."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.conftest import missing


def nobody() -> dict[str, Any]:
    """Run as a user without rights, where this process has the right to."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam("nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def python() -> str:
    """A Python that a user without rights can run too."""
    for found in (sys.base_prefix + "/bin/python3", "/usr/bin/python3", "/usr/local/bin/python3"):
        code = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"
        try:
            ran = subprocess.run([found, "-c", code], check=False, cwd="/", **nobody())
        except OSError:
            continue
        if ran.returncode == 0:
            return found
    missing("a Python 3.11 that everybody may run")
    raise AssertionError("unreachable")


def copy_to(path: Path, target: Path, *, whole: bool) -> None:
    if whole:
        shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.mkdir(exist_ok=True)
        shutil.copy(path, target)
