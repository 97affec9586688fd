"""Check that the lock files install on every supported platform: `make check-locks`.

1. Every package of the runtime lock has a wheel on each supported platform and Python, and
   every one of the development lock on those that developers use.
2. The oldest supported pip installs both locks, and `pip check` reports no problem.
3. It installs the locked versions although newer releases are on offer: a folder with made-up
   wheels of packages that others require by an extra is added to the index.

Packages come from the index that pip is configured with, or from pip's cache.
"""

import base64
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
RUNTIME, DEVELOPMENT = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
DEVELOPERS = (
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
)
PLATFORMS = (*DEVELOPERS, "x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl")
#: The pip included in Python 3.11 and 3.12; later Pythons include later ones.
OLDEST_PIP = "23.2.1"
#: Required by others under an extra, where a resolving pip would take the newest.
TEMPTING = ("coverage", "marshmallow", "psycopg-binary")
NEWER = "9999.0"
#: The install options for a lock, as in the Makefile, the Dockerfile and docs/deploy.md.
EXACTLY = ("--no-deps", "--require-hashes")


def locked(lock: str) -> list[Requirement]:
    """Return the requirements of a lock's text, including those for other platforms."""
    lines = re.sub(r" *\\\n *--hash=\S+", "", lock).splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def here(lock: str) -> dict[str, str]:
    """Return the version of each package that the lock pins for this interpreter."""
    return {
        canonicalize_name(each.name): next(iter(each.specifier)).version
        for each in locked(lock)
        if each.marker is None or each.marker.evaluate()
    }


def unresolved(lock: Path, platform: str, python: str, *options: str) -> str:
    """Return the reason why a lock cannot be installed from wheels alone; empty when it can."""
    with tempfile.TemporaryDirectory() as nowhere:
        ran = subprocess.run(
            [
                *(sys.executable, "-m", "uv", "pip", "install", "--dry-run", "--quiet"),
                *("--only-binary", ":all:", "--target", nowhere, *EXACTLY),
                *("--python-platform", platform, "--python-version", python),
                *("-r", str(lock), *options),
            ],
            capture_output=True,
            text=True,
            check=False,
            env=uv_environment(os.environ),
        )
    return ran.stderr.strip() or f"uv ended with {ran.returncode}" if ran.returncode else ""


def uv_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return uv's environment with the index and certificates that pip is configured with."""
    configured = _pip_configuration()
    chosen = dict(environment)
    for name, variable in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        if name in configured:
            chosen.setdefault(variable, configured[name])
    return chosen


@cache
def _pip_configuration() -> dict[str, str]:
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    return dict(re.findall(r"(?m)^[^=]*\.([\w-]+)='(.*)'$", listed.stdout))


def made_up_wheel(folder: Path, name: str, version: str, requires: Sequence[str] = ()) -> Path:
    """Write a wheel that has only a name, a version and requirements."""
    stem = f"{name.replace('-', '_')}-{version}"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {each}\n" for each in requires)
    files = {
        f"{stem}.dist-info/METADATA": metadata,
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},{_digest(text)},{len(text)}\n" for path, text in files.items())
    files[f"{stem}.dist-info/RECORD"] = f"{record}{stem}.dist-info/RECORD,,\n"
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def without_wheels() -> Iterator[str]:
    """Yield a line for each lock, platform and Python that lacks a wheel."""
    wanted = [(RUNTIME, platform, python) for platform in PLATFORMS for python in PYTHONS]
    wanted += [(DEVELOPMENT, platform, python) for platform in DEVELOPERS for python in PYTHONS]
    with ThreadPoolExecutor(3) as pool:
        for (lock, platform, python), why in zip(
            wanted, pool.map(lambda each: unresolved(*each), wanted), strict=True
        ):
            if why:
                yield f"{lock.name} on {platform}, Python {python}: {why}"


def installed_otherwise(folder: Path) -> Iterator[str]:
    """Yield the problems after the oldest pip installed both locks in a new environment."""
    python = str(folder / "bin" / "python")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = (python, "-m", "pip", "--disable-pip-version-check")
    if sys.version_info < (3, 13):
        old = _run(*pip, "install", "--quiet", f"pip=={OLDEST_PIP}")
        if old:
            yield f"pip {OLDEST_PIP} could not be installed: {old}"
            return
    offers = folder / "offers"
    offers.mkdir()
    for name in TEMPTING:
        made_up_wheel(offers, name, NEWER)
    for lock in (RUNTIME, DEVELOPMENT):
        arguments = ("--quiet", "--no-compile", "--find-links", str(offers), *EXACTLY)
        failed = _run(*pip, "install", *arguments, "-r", str(lock)) or _run(*pip, "check")
        if failed:
            yield f"{lock.name}: {failed}"
            return
        found = here(subprocess.check_output([*pip, "freeze", "--all"], text=True))
        for name, version in here(lock.read_text()).items():
            if found.get(name) != version:
                yield f"{lock.name}: {name} {found.get(name)} was installed, not {version}"


def _run(*command: str) -> str:
    """Run a command; return its output if it fails, else an empty string."""
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return (ran.stdout + ran.stderr).strip() or "failed" if ran.returncode else ""


def main() -> int:
    """Check both locks; return 1 if there is a problem."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="moderation-locks-") as folder:
        wrong = [*without_wheels(), *installed_otherwise(Path(folder))]
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"Locks checked in {time.monotonic() - began:.0f} s: {len(wrong)} problems.")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
