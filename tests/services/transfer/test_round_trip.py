"""An export in JSON lines is whole: import and export give the same bytes, in every store."""

import pytest

from moderation.services.operations import integrity
from moderation.services.transfer.attached import ATTACHED
from moderation.services.transfer.lines import LINES
from tests.services.transfer.rich import lines, of_type


def verified(place):
    with place.store.sessions() as session:
        found = integrity.verify(session, now=place.clock.now)
    return [(f.check, f.wrong) for f in found if f.wrong]


@pytest.mark.parametrize("key", ["the same", "another"])
def test_an_export_is_the_same_after_an_import_into_another_store(
    source, place, tmp_path, key, clock
):
    exported = source.export()
    clock.advance(days=3)
    changes = {"secret_key": "another key that is long enough"} if key == "another" else {}
    there = place(**changes)

    result = there.bring(exported, tmp_path)

    assert there.export() == exported
    assert result.settings == "restored"
    assert not result.has_new_ids
    assert verified(there) == verified(source) == []


@pytest.mark.postgres
def test_an_export_is_the_same_on_postgresql_and_back(source, postgres, place, tmp_path, clock):
    exported = source.export()
    source.store.close()
    clock.advance(days=3)

    # When the source is on PostgreSQL, this is the same database, emptied.
    there = postgres()
    there.bring(exported, tmp_path)

    assert there.export() == exported
    assert verified(there) == []
    back = place()
    back.bring(there.export(), tmp_path)
    assert back.export() == exported


def test_the_rich_site_has_every_type_and_status(source):
    exported = source.export()

    kinds = {line["type"] for line in lines(exported)}
    assert kinds >= {"site", "post", "comment", "revision", "decision", "note", "standing"}
    assert kinds >= {"ban", "vote", "origin", "end"}
    comments = of_type(exported, "comment")
    assert {c["status"] for c in comments} == {"approved", "held", "spam", "rejected", "deleted"}
    assert any(c["featured_at"] for c in comments)
    assert any(c["redacted_at"] for c in comments)
    assert {next(iter(b["author"])) for b in of_type(exported, "ban")} == {"id", "email", "key"}


def test_a_second_import_adds_and_changes_nothing(source, place, tmp_path):
    exported = source.export()
    there = place()
    there.bring(exported, tmp_path)

    result = there.bring(exported, tmp_path)

    assert not [name for name in result.done if not name.endswith("unchanged")]
    assert result.settings == "same"
    assert there.export() == exported


def test_every_column_that_belongs_to_a_comment_is_exported_or_left_out_by_name():
    for each in ATTACHED:
        known = {"comment_id", "site_id", *each.columns.values(), *each.fixed}
        # A number that the store counts up.
        assert {c.name for c in each.table.c} - known <= {"id"}, each.type
        assert set(each.columns) == set(LINES[each.type].values) - {"comment"}
