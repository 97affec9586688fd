"""Single sentences are recognised, and an unclear one is unknown rather than wrong."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from moderation.filters.text.document import Text

DATA = Path(__file__).parents[2] / "data"


def sentences():
    code = ""
    for line in (DATA / "language_sentences.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            code = line[3:]
        elif line and not line.startswith("#"):
            yield code, line


def recognised():
    found = defaultdict(Counter)
    for code, sentence in sentences():
        found[code][Text(sentence).language.code] += 1
    return found


def test_single_sentences_are_recognised_by_language():
    found = recognised()

    for code, counts in found.items():
        assert counts.total() >= 20
        assert counts[code] >= 0.65 * counts.total(), (code, counts)
        assert counts["unknown"] + counts[code] >= 0.75 * counts.total(), (code, counts)
    right = sum(counts[code] for code, counts in found.items())
    unknown = sum(counts["unknown"] for counts in found.values())
    every = sum(counts.total() for counts in found.values())
    assert right >= 0.82 * every
    assert right + unknown >= 0.93 * every


@pytest.mark.parametrize(
    "text",
    [
        "Danke",
        "Angela Merkel",
        "super",
        "Bravo Marco",
        "no",
        "Ok ok",
        "Москва",
        "Иван Петров",
        "да",
    ],
)
def test_one_to_three_words_are_unknown_unless_they_belong_to_one_language(text):
    assert Text(text).language.code == "unknown"


@pytest.mark.parametrize(
    ("text", "code"),
    [("Ні, дякую", "uk"), ("Это ложь", "ru"), ("Ўсё добра", "be"), ("Ќе видиме", "mk")],
)
def test_a_few_words_are_recognised_by_letters_of_one_language(text, code):
    assert Text(text).language.code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Niko nije znao gde je Milica otišla posle predstave.", "sr"),
        ("Nitko nije znao gdje je Milica otišla poslije predstave.", "hr"),
        ("Ніхто не знаў, куды паехала Аксана.", "be"),
        ("Ніхто не знав, куди поїхала Оксана.", "uk"),
        ("Никој не знаеше каде отиде Билјана.", "mk"),
        ("Никой не знаеше къде отиде Биляна.", "bg"),
    ],
)
def test_relatives_are_told_apart(text, code):
    assert Text(text).language.code == code
