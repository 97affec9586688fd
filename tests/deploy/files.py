"""Reads a Dockerfile and the part of YAML that a compose file of ours uses."""

import json
import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """An instruction of a Dockerfile."""

    name: str
    rest: str

    @property
    def words(self) -> list[str]:
        """Its arguments: of the form without a shell, else split at spaces."""
        start = self.rest.find("[")
        if start >= 0:
            return [str(word) for word in json.loads(self.rest[start:])]
        return [word for word in self.rest.split() if not word.startswith("--")]

    @property
    def options(self) -> dict[str, str]:
        found = (
            word.removeprefix("--").partition("=")
            for word in self.rest.split()
            if word.startswith("--")
        )
        return {name: value for name, _, value in found}


def stages(dockerfile: str) -> list[list[Step]]:
    """The steps of each stage, its FROM first."""
    found: list[list[Step]] = []
    for line in dockerfile.replace("\\\n", " ").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition(" ")
        if name == "FROM":
            found.append([])
        found[-1].append(Step(name, rest.strip()))
    return found


_KEY = re.compile(r"([\w.<-]+|<<):(?: (.*))?")


def compose(text: str) -> dict[str, Any]:
    """A compose file: nested mappings, JSON lists, anchors and `<<`; anything else is refused."""
    lines = [
        (len(line) - len(line.lstrip()), line.strip())
        for line in text.splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    ]
    return _mapping(lines, 0, {})


def _mapping(
    lines: list[tuple[int, str]], depth: int, anchors: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    while lines and lines[0][0] == depth:
        _, line = lines.pop(0)
        match = _KEY.fullmatch(line)
        if match is None:
            raise AssertionError(f"not understood: {line}")
        key, value = match[1], (match[2] or "").strip()
        if key in found:
            raise AssertionError(f"twice: {key}")
        if key == "<<":
            merged = anchors[value.removeprefix("*")]
        elif not value or value.startswith("&"):
            assert lines, line
            inner = lines[0][0]
            assert inner > depth, line
            found[key] = _mapping(lines, inner, anchors)
            if value:
                anchors[value.removeprefix("&")] = found[key]
        else:
            found[key] = _scalar(value)
    if lines and lines[0][0] > depth:
        raise AssertionError(f"indented too far: {lines[0][1]}")
    return {**merged, **found}


def _scalar(value: str) -> Any:
    if value[0] in '["{':
        return json.loads(value)
    return {"true": True, "false": False}.get(value, int(value) if value.isdigit() else value)
