"""Download size of the widget in bytes; fails when it is over the budget.

Run it with `python -m benchmarks.size`. A thread needs the script, which includes the CSS,
and the translations of one language; the largest language counts. Readers who write, report or
vote load a second script with its translations. Comment counts need only their own script.
"""

import gzip
import sys

import brotli

from moderation.web.pages import widget_bundle
from moderation.web.pages.i18n import LANGUAGES

THREAD_BUDGET = 16_384
EXTRAS_BUDGET = 8_704
STAFF_BUDGET = 2_048
COUNTS_BUDGET = 717


def weigh(name: str) -> tuple[int, int, int]:
    """Return the raw, gzip and brotli size of a file as it is served."""
    found = widget_bundle.file(name)
    assert found is not None, name
    body = found.body
    return len(body), len(gzip.compress(body, 9)), len(brotli.compress(body))


def main() -> int:
    """Print the table; return 1 when a budget is exceeded."""
    languages = {lang: weigh(f"lang/{lang}.json") for lang in LANGUAGES}
    largest = max(languages, key=lambda lang: languages[lang][1])
    script, counts = weigh("embed.js"), weigh("counts.js")
    raw, packed, smaller = (a + b for a, b in zip(script, languages[largest], strict=True))
    seconds = {lang: weigh(f"lang/{lang}-extras.json") for lang in LANGUAGES}
    second = max(seconds, key=lambda lang: seconds[lang][1])
    extras = tuple(map(sum, zip(weigh("extras.js"), seconds[second], strict=True)))
    thirds = {lang: weigh(f"lang/{lang}-moderating.json") for lang in LANGUAGES}
    third = max(thirds, key=lambda lang: thirds[lang][1])
    staff = tuple(map(sum, zip(weigh("staff.js"), thirds[third], strict=True)))
    rows = [
        ("embed.js with its CSS", script, None),
        *((f"words: {lang}", size, None) for lang, size in languages.items()),
        (f"a thread, in the largest language ({largest})", (raw, packed, smaller), THREAD_BUDGET),
        (f"extras.js with its CSS and words ({second})", extras, EXTRAS_BUDGET),
        (f"staff.js with its words ({third})", staff, STAFF_BUDGET),
        ("counts.js", counts, COUNTS_BUDGET),
    ]
    print(f"{'':44}{'raw':>8}{'gzip':>8}{'brotli':>8}{'budget (gzip)':>16}")
    for name, sizes, budget in rows:
        print(f"{name:44}{sizes[0]:>8}{sizes[1]:>8}{sizes[2]:>8}{budget or '':>16}")
    return int(any(budget and sizes[1] > budget for _, sizes, budget in rows))


if __name__ == "__main__":
    sys.exit(main())
