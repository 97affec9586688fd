"""Run the tests that need no server and no browser on every Python found: `make pythons`.

Each Python is searched for on PATH and among pyenv's versions, and gets an environment below
`build/pythons` made from the development lock. A missing one is skipped with a message.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.check_locks import DEVELOPMENT, EXACTLY, PYTHONS, ROOT

ENVIRONMENTS = ROOT / "build" / "pythons"
PURE = ("domain", "policy", "filters", "services", "storage", "cli")


def interpreter(version: str, pyenv: Path) -> Path | None:
    """Return a working interpreter of that version, such as 3.12; None when there is none."""
    for found in _candidates(version, pyenv):
        ran = subprocess.run(
            [found, "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode == 0 and ran.stdout.strip() == version:
            return found
    return None


def _candidates(version: str, pyenv: Path) -> Iterator[Path]:
    if f"{sys.version_info[0]}.{sys.version_info[1]}" == version:
        yield Path(sys.executable)
    on_path = shutil.which(f"python{version}")
    if on_path is not None:
        yield Path(on_path)
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"), reverse=True)


def environment(version: str, found: Path) -> Path:
    """Return the Python of an environment with the development lock installed."""
    folder = ENVIRONMENTS / version
    python, stamp = folder / "bin" / "python", folder / "lock"
    digest = hashlib.sha256(DEVELOPMENT.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == digest:
        return python
    subprocess.run([found, "-m", "venv", "--clear", folder], check=True)
    install = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    subprocess.run([*install, *EXACTLY, "-r", DEVELOPMENT], check=True)
    stamp.write_text(digest)
    return python


def main() -> int:
    """Run the tests on each Python; return 1 if they fail on any."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    failed = []
    for version in PYTHONS:
        found = interpreter(version, pyenv)
        if found is None:
            print(f"Python {version} is not installed here: skipped.", flush=True)
            continue
        print(f"Python {version}, {found}:", flush=True)
        folders = [f"tests/{name}" for name in PURE]
        options = ["-q", "-n", "2", "-m", "not postgres and not redis and not browser", *folders]
        command = [str(environment(version, found)), "-m", "pytest", *options]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(version)
    if failed:
        print(f"Failed on Python {', '.join(failed)}.", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
