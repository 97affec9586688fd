"""The locks are complete, and every documented step installs exactly them."""

import hashlib
import re
import subprocess
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.check_locks import (
    DEVELOPMENT,
    EXACTLY,
    NEWER,
    RUNTIME,
    here,
    locked,
    made_up_wheel,
    unresolved,
    uv_environment,
)
from tests.conftest import missing

ROOT = Path(__file__).parents[2]
LOCKS = pytest.mark.parametrize("lock", [RUNTIME, DEVELOPMENT], ids=lambda lock: lock.name)
PRINTED = [ROOT / "Makefile", ROOT / "Dockerfile", ROOT / "README.md", *ROOT.glob("docs/**/*.md")]


@LOCKS
def test_everything_that_a_locked_package_requires_is_locked_too(lock):
    pinned = here(lock.read_text())
    extras = {canonicalize_name(each.name): each.extras for each in locked(lock.read_text())}
    lacking = set()
    for name in pinned:
        for line in metadata.requires(name) or ():
            required = Requirement(line)
            for extra in ("", *extras[name]):
                wanted = required.marker is None or required.marker.evaluate({"extra": extra})
                if wanted and canonicalize_name(required.name) not in pinned:
                    lacking.add((name, line))

    assert lacking == set()


@LOCKS
def test_every_requirement_is_one_version_with_hashes(lock):
    text = lock.read_text()

    for each in locked(text):
        assert re.fullmatch(r"==[^*,]+", str(each.specifier)), each
    for entry in re.split(r"\n(?=[a-z])", text.strip()):
        assert "--hash=sha256:" in entry, entry.partition("\n")[0]


@LOCKS
def test_a_lock_names_no_index(lock):
    assert "://" not in lock.read_text()


def test_both_locks_hold_the_same_versions():
    development = here(DEVELOPMENT.read_text())

    for name, version in here(RUNTIME.read_text()).items():
        assert development[name] == version, name


def test_every_printed_step_installs_a_lock_as_it_is():
    steps = [
        (path.name, line)
        for path in PRINTED
        for line in path.read_text().splitlines()
        if re.search(r"requirements(-dev)?\.lock", line) and "pip" in line and "install" in line
    ]

    assert {name for name, _ in steps} == {"Makefile", "Dockerfile", "deploy.md"}
    for name, line in steps:
        assert all(option in line for option in EXACTLY), f"{name}: {line}"


def test_a_newer_release_changes_nothing_that_is_installed(tmp_path):
    """An old pip looks for a package under an extra although it is locked."""
    if find_spec("pip") is None:
        missing("pip")
    made_up_wheel(tmp_path, "part", NEWER)
    wheels = [
        made_up_wheel(tmp_path, "part", "1.0"),
        made_up_wheel(tmp_path, "whole", "1.0", ["part[extra]>=1"]),
    ]
    lock = tmp_path / "a.lock"
    lock.write_text(
        "".join(
            f"{wheel.name.partition('-')[0]}==1.0 --hash=sha256:"
            f"{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
            for wheel in wheels
        )
    )
    install = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-index"),
        *("--disable-pip-version-check", "--find-links", tmp_path),
    ]

    subprocess.run([*install, *EXACTLY, "-r", lock, "--target", tmp_path / "exact"], check=True)
    subprocess.run([*install, "whole", "--target", tmp_path / "resolved"], check=True)

    def installed(folder: str) -> set[str]:
        return {path.stem for path in (tmp_path / folder).glob("*.dist-info")}

    assert installed("exact") == {"part-1.0", "whole-1.0"}
    assert installed("resolved") == {f"part-{NEWER}", "whole-1.0"}


@pytest.mark.parametrize(
    ("platform", "python", "reason"),
    [
        ("x86_64-unknown-linux-gnu", "3.11", ""),
        ("aarch64-apple-darwin", "3.11", "native"),
        ("x86_64-unknown-linux-musl", "3.11", "native"),
        ("x86_64-unknown-linux-gnu", "3.12", "native"),
    ],
)
def test_a_platform_or_python_without_a_wheel_is_found(tmp_path, platform, python, reason):
    wheel = made_up_wheel(tmp_path, "native", "1.0")
    rare = wheel.rename(tmp_path / "native-1.0-cp311-cp311-manylinux_2_17_x86_64.whl")
    lock = tmp_path / "a.lock"
    digest = hashlib.sha256(rare.read_bytes()).hexdigest()
    lock.write_text(f"native==1.0 --hash=sha256:{digest}\n")

    found = unresolved(
        lock, platform, python, "--no-index", "--find-links", str(tmp_path), "--no-cache"
    )

    assert (reason in found) if reason else found == ""


def test_uv_asks_the_index_that_its_own_settings_name():
    assert uv_environment({"UV_DEFAULT_INDEX": "chosen"})["UV_DEFAULT_INDEX"] == "chosen"
