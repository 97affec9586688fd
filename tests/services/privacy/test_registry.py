"""The registry of personal data: complete, and as docs/privacy.md describes it."""

from pathlib import Path

import pytest

from moderation.services.privacy.other_tables import IMPERSONAL
from moderation.services.privacy.registry import Audience
from moderation.services.privacy.tables import PERSONAL
from moderation.storage import Base

PAGE = (Path(__file__).parents[3] / "docs" / "privacy.md").read_text(encoding="utf-8")
#: Requests go when they are carried out; an address that complained is stopped for every site.
KEPT = {"erasure_requests", "stopped_addresses"}


def test_every_column_of_every_table_is_classified_once():
    """Fails for a new table or column: add it to the registry, as CONTRIBUTING.md describes."""
    classified = {
        **{personal.table.name: sorted(personal.columns) for personal in PERSONAL},
        **{name: sorted(other.columns.split()) for name, other in IMPERSONAL.items()},
    }
    stored = {
        table.name: sorted(column.name for column in table.columns)
        for table in Base.metadata.sorted_tables
    }

    assert classified == stored
    assert not {personal.table.name for personal in PERSONAL} & IMPERSONAL.keys()


@pytest.mark.parametrize("personal", PERSONAL, ids=lambda personal: personal.table.name)
def test_every_table_with_personal_data_is_erased_and_exported(personal):
    assert personal.ways or personal.table.name in KEPT
    assert personal.kept
    assert set(personal.context) <= set(personal.columns)
    for name in personal.exported(Audience.PERSON):
        assert name in personal.exported(Audience.SITE)


def rows():
    """Return the table of docs/privacy.md as the registry has it."""
    for personal in PERSONAL:
        for name, held in personal.holds.items():
            yield f"| `{personal.table.name}` | `{name}` | {held.what} |"


def periods():
    for personal in PERSONAL:
        after = personal.after or "nothing"
        yield f"| `{personal.table.name}` | {personal.kept} | {personal.ground} | {after} |"


def test_the_page_has_a_row_for_each_column_and_each_period():
    lines = set(PAGE.splitlines())

    assert [row for row in (*rows(), *periods()) if row not in lines] == []


def test_the_page_has_no_row_that_the_registry_lacks():
    written = [line for line in PAGE.splitlines() if line.startswith("| `")]

    known = {*rows(), *periods()}
    assert [line for line in written if line not in known and "_days`" not in line[:30]] == []
