"""Labelled texts, their outcomes in the whole product, and the list of the wrong ones.

    python -m tests.product.listed [--bounds]

judges every case and rewrites the lists: mended cases leave them, new wrong ones enter with an
empty reason, which a test refuses until it is written. Written reasons stay. `--bounds`
also sets the number of wrong cases that each kind may have to the present one.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from moderation.domain.judgement import Draft, Facts, Rules
from moderation.domain.reasons import Code
from moderation.domain.status import Outcome
from moderation.services.judging import judge

DATA = Path(__file__).parents[1] / "data"
CASES = "product_cases"
#: Forty comments on an article about a war; tests/browser sends them through a running service.
WAR_THREAD = "war_thread"

#: Outcomes by label: a moderator sees a held comment; to refuse one is never right here.
RIGHT = {"publish": Outcome.APPROVE, "hold": Outcome.HOLD}


#: A filter that waits for a busy machine's processor is not a broken one.
NEW_SITE = Rules(filter_budget=60.0)


def cases(name=CASES):
    """Return the cases of a file: id, text, label, kind, why it has that label, some an author."""
    with (DATA / f"{name}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def outcome(text, author=None):
    """Return the outcome of a comment with the rules of a new site; `author` has name, website."""
    about = {f"author_{field}": value for field, value in (author or {}).items()}
    verdict = judge(Draft(text, **about), Facts(), NEW_SITE)
    assert Code.FILTER_FAILED not in {cause.signal.code for cause in verdict.causes}, text
    return verdict.outcome


def held(text):
    """Return whether a comment waits for a moderator."""
    return outcome(text) is not Outcome.APPROVE


def outcomes(name=CASES):
    """Return the outcome of each case by its id."""
    return {case["id"]: outcome(case["text"], case.get("author")) for case in cases(name)}


def wrong(found, name=CASES):
    """Return the ids with another outcome than their label wants, with that outcome."""
    return {
        case["id"]: found[case["id"]].value
        for case in cases(name)
        if found[case["id"]] is not RIGHT[case["label"]]
    }


def listed(name=CASES):
    """Return the listed wrong cases: their outcome and the reason by id."""
    lines = (DATA / f"{name}_wrong.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines[1:])
    return {row[0]: (row[1], row[2]) for row in rows}


def counted(wrong_ids: Iterable[str], name=CASES):
    """Return (cases, wrong ones) by kind and label, sorted."""
    every = Counter((case["kind"], case["label"]) for case in cases(name))
    missed = Counter((c["kind"], c["label"]) for c in cases(name) if c["id"] in set(wrong_ids))
    return {key: (every[key], missed[key]) for key in sorted(every)}


def bounds(name=CASES):
    """Return the number of wrong cases that each kind and label may have."""
    lines = (DATA / f"{name}_bounds.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines[1:])
    return {(kind, label): int(most) for kind, label, _, most in rows}


def rewrite(found, name=CASES):
    """Write the list of wrong cases anew; the reasons of those that stay are kept."""
    path = DATA / f"{name}_wrong.tsv"
    before = listed(name) if path.exists() else {}
    lines = ["id\toutcome\treason"]
    for case, got in wrong(found, name).items():
        lines.append("\t".join((case, got, before.get(case, ("", ""))[1])))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def rewrite_bounds(found, name=CASES):
    """Allow each kind as many wrong cases as it has now."""
    lines = ["kind\tlabel\tcases\twrong at most"]
    for (kind, label), (every, missed) in counted(wrong(found, name), name).items():
        lines.append(f"{kind}\t{label}\t{every}\t{missed}")
    (DATA / f"{name}_bounds.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Rewrite the lists, and the bounds on request."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bounds", action="store_true")
    given = parser.parse_args()
    for name in (CASES, WAR_THREAD):
        found = outcomes(name)
        rewrite(found, name)
        if given.bounds:
            rewrite_bounds(found, name)


if __name__ == "__main__":
    main()
