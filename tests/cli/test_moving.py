"""Comments come in from another system, go out as JSON lines, and come back in another store."""

import json

import pytest
from click.testing import CliRunner

from moderation.cli import main

COMMENTS = [
    {
        "id": str(number),
        "rid": str(parent),
        "content": f"The roof of hall {number} is sound.",
        "created_at": f"2024-05-0{number} 10:00:00",
        "is_pending": "false",
        "is_collapsed": "false",
        "vote_up": str(number),
        "vote_down": "0",
        "nick": f"Reader {number}",
        "email": "",
        "link": "",
        "ip": "",
        "ua": "",
        "page_key": "https://old.example/roof",
        "page_title": "Roof",
        "site_name": "old",
    }
    for number, parent in ((1, 0), (2, 1), (3, 2))
]


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Run commands on a store of a name of its own."""
    monkeypatch.setenv("MODERATION_SECRET_KEY", "a key for tests that is long enough")
    monkeypatch.setenv("MODERATION_LOG_LEVEL", "ERROR")

    def run(name, *arguments, code=0):
        monkeypatch.setenv("MODERATION_DATA_DIR", str(tmp_path / name))
        result = CliRunner().invoke(main, [str(each) for each in arguments])
        assert result.exit_code == code, result.output
        return result.output

    return run


def test_an_import_leaves_as_json_lines_and_comes_back_the_same(store, tmp_path):
    exported = tmp_path / "artrans.json"
    exported.write_text(json.dumps(COMMENTS))
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    store("one", "migrate")
    store("one", "site", "add", "news")
    store("one", "import", "auto", exported, "--site", "news")
    store("one", "export", "--site", "news", "--output", first)

    store("two", "migrate")
    dry = store("two", "import", "auto", first, "--site", "news", "--dry-run")
    store("two", "import", "jsonl", first, "--site", "news")
    store("two", "export", "--site", "news", "--output", second)

    assert "Would add the site news with 3 comments" in dry
    assert first.read_bytes() == second.read_bytes()


def test_an_export_with_an_erased_comment_comes_back_the_same(store, tmp_path):
    exported = tmp_path / "artrans.json"
    exported.write_text(json.dumps(COMMENTS))
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    store("one", "migrate")
    store("one", "site", "add", "news")
    store("one", "import", "auto", exported, "--site", "news")
    lines = [json.loads(line) for line in store("one", "export", "--site", "news").splitlines()]
    erased = next(line["id"] for line in lines if line["type"] == "comment")
    store("one", "privacy", "erase", "--site", "news", "--comment", erased, "--now", "--yes")
    store("one", "export", "--site", "news", "--output", first)

    store("two", "migrate")
    store("two", "import", "jsonl", first, "--site", "news")
    store("two", "export", "--site", "news", "--output", second)
    store("two", "import", "auto", exported, "--site", "news")
    again = store("two", "export", "--site", "news")

    assert first.read_bytes() == second.read_bytes()
    # The other system's export, imported again, does not bring the comment back.
    assert "hall 1" not in again
    assert "hall 2" in again


def test_options_that_an_export_of_ours_does_not_take_are_refused(store, tmp_path):
    ours = tmp_path / "ours.jsonl"
    store("one", "migrate")
    store("one", "site", "add", "news")
    store("one", "export", "--site", "news", "--output", ours)

    refused = store("one", "import", "auto", ours, "--site", "news", "--status", "hold", code=2)

    assert "only --site and --dry-run apply" in refused


def test_an_export_that_is_cut_off_changes_nothing(store, tmp_path):
    ours = tmp_path / "ours.jsonl"
    store("one", "migrate")
    store("one", "site", "add", "news")
    store("one", "export", "--site", "news", "--output", ours)
    ours.write_bytes(ours.read_bytes()[:-20])

    store("two", "migrate")
    store("two", "import", "jsonl", ours, "--site", "news", code=2)

    assert "news" not in store("two", "site", "list")
