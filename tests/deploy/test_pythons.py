"""`make pythons` finds the interpreters of a machine."""

import sys

from scripts.pythons import interpreter

OWN = f"{sys.version_info[0]}.{sys.version_info[1]}"


def test_the_python_that_runs_is_found(tmp_path):
    assert interpreter(OWN, tmp_path) is not None


def test_a_version_of_pyenv_is_found_and_one_that_does_not_run_is_not(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    for version, code in (("9.1.0", "echo 9.1"), ("9.2.0", "exit 127"), ("9.3.0", "echo 9.1")):
        folder = tmp_path / "versions" / version / "bin"
        folder.mkdir(parents=True)
        program = folder / f"python{version[:3]}"
        program.write_text(f"#!/bin/sh\n{code}\n")
        program.chmod(0o755)

    assert interpreter("9.1", tmp_path) == tmp_path / "versions/9.1.0/bin/python9.1"
    assert interpreter("9.2", tmp_path) is None
    assert interpreter("9.3", tmp_path) is None
    assert interpreter("9.4", tmp_path) is None
