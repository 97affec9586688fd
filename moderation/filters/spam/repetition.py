"""Repetition: one character or one word that is most of a text.

Joy repeats itself as well, so repetition alone is no spam.
"""

import re
from collections import Counter

_RUN = 30
#: From here on a run is a wall that pushes other comments off the screen.
WALL = 300
#: A line of one sign that parts a text.
_RULER = re.compile(r"^[ \t]*([-=_*~#.–—─+])\1{7,}[ \t]*$", re.MULTILINE)


def long_run(clean: str) -> int:
    """Return the length of a run of one character that is much of the text, or 0.

    Such a run covers at least one of a few sampled positions, so only those are checked. Rulers
    between lines do not count.
    """
    step = max(_RUN, int(0.3 * len(clean)) + 1)
    longest = 0
    for place in range(step - 1, len(clean), step):
        character = clean[place]
        if character != clean[place - 1] and character != clean[place + 1 : place + 2]:
            continue
        before = clean[place - step + 1 : place]
        after = clean[place + 1 :]
        longest = max(
            longest,
            len(before)
            - len(before.rstrip(character))
            + 1
            + len(after)
            - len(after.lstrip(character)),
        )
    if longest < step:
        return 0
    if "\n" in clean and longest < WALL and _RULER.search(clean):
        return long_run(_RULER.sub("", clean))
    return longest


def repeated_word(lower: str) -> tuple[str, int, int] | None:
    """Return a word that is more than half of the text, its count, and the number of words."""
    words = lower.split()
    word, count = Counter(words).most_common(1)[0] if words else ("", 0)
    return (word, count, len(words)) if count > 0.5 * len(words) else None
