"""The image is small and unprivileged, and each of its steps works without a container engine."""

import os
import re
import shutil
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from moderation import __version__
from moderation.cli import main
from moderation.config import SETTINGS, variable_of
from tests.conftest import missing
from tests.deploy.files import compose, stages
from tests.deploy.machine import copy_to, nobody, python
from tests.nodes import free_port

ROOT = Path(__file__).parents[2]
BUILD, FINAL = stages((ROOT / "Dockerfile").read_text())
SERVICES = compose((ROOT / "compose.yaml").read_text())["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
PINNED = re.compile(r"[a-z/]+:\d+\.\d+(\.\d+)?-(slim-)?bookworm")


def steps(name: str) -> list[Any]:
    return [step for stage in (BUILD, FINAL) for step in stage if step.name == name]


# The Dockerfile


def test_every_base_is_pinned_and_small():
    for step in steps("FROM"):
        assert PINNED.fullmatch(step.words[0]), step.rest
        assert "-slim-" in step.words[0]


def test_the_image_runs_as_a_number_that_is_not_root():
    last = [step.rest for step in FINAL if step.name == "USER"][-1]

    # A number, so that a platform can check it without looking into the image.
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", last)
    privileged = [s for s in FINAL[FINAL.index(steps("USER")[-1]) :] if s.name in ("RUN", "COPY")]
    assert privileged == []


def test_nothing_is_fetched_or_run_by_a_shell():
    assert steps("ADD") == steps("SHELL") == steps("ONBUILD") == []
    for name in ("RUN", "CMD", "ENTRYPOINT"):
        for step in steps(name):
            assert step.rest.startswith("["), step.rest
            assert step.words[0] not in ("sh", "bash", "/bin/sh"), step.rest


def test_only_what_is_needed_is_copied_and_sent_to_the_builder():
    copied = [
        word for step in steps("COPY") if "from" not in step.options for word in step.words[:-1]
    ]
    ignore = (ROOT / ".dockerignore").read_text().split("\n")

    assert sorted(copied) == [
        "LICENSE",
        "README.md",
        "docs/licences.md",
        "moderation",
        "pyproject.toml",
        "requirements.lock",
    ]
    assert ignore[1] == "*"
    sent = {line[1:] for line in ignore if line.startswith("!")}
    assert sent == {path.partition("/")[0] for path in copied}
    # The second stage takes the result of the build and none of its tools.
    assert {step.options.get("from") for step in FINAL if step.name == "COPY"} == {"build"}
    assert [step for step in FINAL if step.name == "RUN"] == []


def test_the_image_holds_no_setting_that_is_secret_and_only_settings_that_exist():
    set_here = [word.partition("=")[0] for step in steps("ENV") for word in step.words]
    ours = {name for name in set_here if name.startswith("MODERATION_")}

    assert ours <= {variable_of(name) for name in SETTINGS}
    assert not {name for name in set_here if re.search("SECRET|PASSWORD|TOKEN|DATABASE", name)}
    assert steps("ARG") == []


def test_the_image_asks_the_service_for_its_health_by_its_own_command():
    (step,) = steps("HEALTHCHECK")

    assert {"interval", "timeout", "retries"} <= set(step.options)
    assert step.words[0] == "moderation"
    assert step.words[1] in main.commands


# The compose file


def test_our_services_can_write_nowhere_and_gain_no_rights():
    assert set(OURS) == {"migrate", "web", "worker"}
    for service in OURS.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["tmpfs"] == ["/tmp"]  # noqa: S108 (in the container)
        assert service["image"] == f"moderation:{__version__}"
        assert service["command"][0] in main.commands
        assert not service.get("privileged")
    assert all(service["read_only"] for service in SERVICES.values())


def test_other_images_are_pinned():
    for name in SERVICES.keys() - OURS.keys():
        assert PINNED.fullmatch(SERVICES[name]["image"]), name


def test_no_secret_is_in_the_compose_file():
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search("SECRET|PASSWORD", name):
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), name
            if "://" in str(value) and "@" in str(value):
                assert re.search(r":\$\{\w+:\?[^}]+\}@", value), name


def test_the_compose_file_sets_only_settings_that_exist():
    for service in OURS.values():
        assert set(service["environment"]) <= {variable_of(name) for name in SETTINGS}


def test_every_service_that_is_waited_for_has_a_health_check():
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert SERVICES[other]["healthcheck"]["test"][0] == "CMD", other
            else:
                assert how["condition"] == "service_completed_successfully", name
                assert SERVICES[other]["restart"] == "no"
    assert "migrate" in SERVICES["web"]["depends_on"]
    assert "migrate" in SERVICES["worker"]["depends_on"]
    assert SERVICES["web"]["healthcheck"]["test"][1:] == ["moderation", "health"]


def test_the_embedded_worker_is_off_where_workers_run():
    assert SERVICES["web"]["environment"]["MODERATION_EMBEDDED_WORKER"] == "0"


# The steps


@pytest.mark.xdist_group("chaos")
def test_the_steps_of_the_image_end_in_a_service_that_runs_without_rights(place):
    def here(word: str) -> str:
        return str(place) + word if word.startswith(("/opt", "/data", "/src")) else word

    (place / "opt").mkdir()
    source, interpreter = place / "src", python()
    source.mkdir()
    for step in BUILD[1:]:
        if step.name == "COPY":
            *copied, target = step.words
            for name in copied:
                copy_to(ROOT / name, source / target, whole=(ROOT / name).is_dir())
        elif step.name == "RUN":
            program, *arguments = (here(word) for word in step.words)
            ran = subprocess.run(
                [interpreter if program == "python" else program, *arguments],
                cwd=source,
                capture_output=True,
                text=True,
                check=False,
            )
            if "Could not find a version" in ran.stderr or "ConnectionError" in ran.stderr:
                missing("a package index")
            assert ran.returncode == 0, f"{step.rest}\n{ran.stdout}{ran.stderr}"
    shutil.rmtree(source)
    os.chmod(place / "data", 0o700)
    user = nobody()
    if user:
        os.chown(place / "data", user["user"], user["group"])
    settings = dict(word.split("=") for step in FINAL if step.name == "ENV" for word in step.words)
    environment = {
        **{name: here(value) for name, value in settings.items() if name != "PATH"},
        "PATH": f"{place}/opt/moderation/bin:/usr/bin:/bin",
        "MODERATION_SECRET_KEY": "a key for tests that is long enough",
    }
    port = free_port()
    (entry,) = [step.words for step in FINAL if step.name == "ENTRYPOINT"]
    (serve,) = [step.words for step in FINAL if step.name == "CMD"]
    (health,) = [step.words for step in FINAL if step.name == "HEALTHCHECK"]

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=place / "data",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            **user,
        )

    before = written(place / "opt")
    assert run(*health, "--port", str(port)).returncode == 1
    migrated = run(*entry, "migrate")
    assert migrated.returncode == 0, migrated.stderr
    with (place / "log").open("wb") as log:
        server = subprocess.Popen(
            [*entry, *serve, "--port", str(port)],
            cwd=place / "data",
            env=environment,
            stdout=log,
            stderr=log,
            **user,
        )
    with closing(Ended(server)):
        deadline = time.monotonic() + 60
        while (asked := run(*health, "--port", str(port))).returncode != 0:
            assert time.monotonic() < deadline, (place / "log").read_text() + asked.stderr
    assert written(place / "opt") == before
    assert {path.name.partition("-")[0] for path in (place / "data").iterdir()} == {
        "moderation.sqlite3"
    }


def written(folder: Path) -> dict[str, int]:
    """When each file was last written."""
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


class Ended:
    """Closes a process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
