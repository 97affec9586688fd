"""docs/licences.md lists the installed packages, no more and no less."""

import re
from importlib import metadata
from pathlib import Path

from scripts.check_locks import RUNTIME, here, locked

ROOT = Path(__file__).parents[2]
LISTED = (ROOT / "docs" / "licences.md").read_text().partition("## Installed with it")[2]


def licences() -> dict[str, str]:
    """Return the documented licence of each package; one that is listed twice fails."""
    found: dict[str, str] = {}
    for names, licence in re.findall(r"(?m)^\| ([a-z0-9].*?) \| (.*?) \|$", LISTED):
        for name in re.sub(r"\(.*?\)", "", names).split(","):
            if name.strip() != "package":
                assert name.strip() not in found, name
                found[name.strip()] = licence
    return found


def test_every_package_of_the_lock_is_listed_and_nothing_else():
    assert sorted(licences()) == sorted({each.name for each in locked(RUNTIME.read_text())})


def test_the_licence_is_the_one_that_the_package_declares():
    declared = {
        name: metadata.metadata(name).get("License-Expression")
        for name in here(RUNTIME.read_text())
    }

    different = {
        name: (licences()[name], found)
        for name, found in declared.items()
        if found and " and " not in found and licences()[name] != found
    }

    assert different == {}
