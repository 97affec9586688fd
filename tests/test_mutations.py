"""Every mutation of the list still applies to the code, compiles and names tests that exist."""

import ast
from pathlib import Path

import pytest

from scripts import mutate, mutations

ROOT = Path(__file__).parents[1]


def test_every_mutation_applies_compiles_and_names_tests_that_exist():
    listed = mutations.chosen([])

    assert len(listed) > 150
    assert mutations.outdated(listed) == []


def test_every_mutation_that_is_listed_as_equivalent_is_generated():
    generated = {each.name for each in mutations.generated()}

    assert set(mutations.equivalents()) <= generated


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("a = 1", "a = 2", "occurs 2 times"),
        ("a = 3", "a = 2", "occurs 0 times"),
        ("b = 1", "b = 1", "changes nothing"),
        ("b = 1", "b = (", "was never closed"),
    ],
)
def test_a_mutation_that_is_out_of_date_is_reported(tmp_path, old, new, message):
    (tmp_path / "code.py").write_text("a = 1\na = 1\nb = 1\n")
    (tmp_path / "test_code.py").write_text("def test_a(): pass\n")
    wrong = mutations.Mutation("a name", "code.py", old, new, ("test_code.py::test_a",))

    [problem] = mutations.outdated([wrong], tmp_path)

    assert problem.startswith("a name: ")
    assert message in problem


def test_a_mutation_without_an_existing_test_is_reported(tmp_path):
    (tmp_path / "code.py").write_text("b = 1\n")
    (tmp_path / "test_code.py").write_text("def test_a(): pass\n")
    tests = ((), ("test_code.py::test_b",), ("test_gone.py",))
    wrong = [
        mutations.Mutation(f"{n}", "code.py", "b = 1", "b = 2", t) for n, t in enumerate(tests)
    ]

    problems = mutations.outdated(wrong, tmp_path)

    assert len(problems) == 3
    assert all("there is no test" in problem for problem in problems)


def test_mutations_are_generated_from_operators_comparisons_and_constants():
    code = "def f(a, b):\n    if a >= 1 and not b:\n        return min(a, 'é', b + 2)\n"

    made = list(mutations.generate("code.py", code, ("tests",)))

    mutated = {code[: m.at] + m.new + code[m.at + len(m.old) :] for m in made}
    assert all(ast.parse(each) for each in mutated)
    assert len(mutated) == len(made)
    for part in ("a > 1", "a >= 1 or not b", "and b:", "(1 + 1)", "max(a", "b - 2", "return None"):
        assert any(part in each for each in mutated), part


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("def test_a(): assert subject.limit == 1", "killed"),
        ("def test_a(): assert subject.limit", "SURVIVED"),
        ("def test_a(: pass", "BROKEN"),
    ],
)
def test_a_mutation_is_killed_when_its_tests_fail_and_the_file_is_put_back(
    tmp_path, monkeypatch, test, outcome
):
    (tmp_path / "subject.py").write_text("limit = 1\n")
    (tmp_path / "test_code.py").write_text(f"import subject\n\n{test}\n")
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    monkeypatch.setattr(mutate, "PRELOADED", ())
    mutation = mutations.Mutation(
        "a name", "subject.py", "limit = 1", "limit = 2", ("test_code.py",)
    )

    assert mutate.judge(tmp_path, mutation, 60, "not postgres") == outcome
    assert (tmp_path / "subject.py").read_text() == "limit = 1\n"
