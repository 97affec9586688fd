"""The table of letters comes from Unicode's data and is the one that the filters read."""

import pytest

from moderation.filters.text.characters import alphabet
from moderation.filters.text.document import Text
from scripts import build_letters as build

CONFUSABLES = """# confusables.txt
# Version: 99.0.0

0455 ;	0073 ;	MA	# ( ѕ → s )
0251 ;	0061 ;	MA	# ( ɑ → a )
05AD ;	0596 ;	MA	# a mark
0041 0042 ;	0043 ;	MA	# two letters are not read
broken line
"""


def test_the_table_names_its_version_and_sorts_letters_by_kind(tmp_path):
    source, target = tmp_path / "confusables.txt", tmp_path / "letters.tsv"
    source.write_text(CONFUSABLES, encoding="utf-8")

    build.main(source, target)

    lines = target.read_text(encoding="utf-8").splitlines()
    assert "99.0.0" in lines[0]
    rows = {tuple(line.split("\t")[:2]): line.split("\t")[2].split() for line in lines[1:]}
    assert "455" in rows["lookalike", "s"]
    assert "251" in rows["style", "a"]
    assert "E9" in rows["accent", "e"]
    assert "1F171" in rows["style", "b"]


def test_a_source_without_a_version_is_refused(tmp_path):
    source = tmp_path / "confusables.txt"
    source.write_text("nothing", encoding="utf-8")

    with pytest.raises(SystemExit, match="version"):
        build.main(source, tmp_path / "letters.tsv")


def test_the_shipped_table_knows_fancy_letters_and_lookalikes():
    assert Text("𝕱ｕⓒ🅺").clean == "fuck"
    assert "ѕ" in alphabet().lookalikes
