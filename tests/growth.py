"""Measures the growth of a function's cost with its input."""

import gc
import time
from collections.abc import Callable

SIZE, LARGER = 4_000, 16_000
#: Four times the input costs four times as much, and sixteen times as much where it is quadratic.
BOUND = 8.0
#: Other work of the machine makes a measurement too high, never too low.
ATTEMPTS = 6


def repeated(unit: str, before: str = "", after: str = "") -> Callable[[int], str]:
    """Return a text of about a given size: the unit again and again."""
    return lambda size: before + unit * (size // len(unit)) + after


def growth(work: Callable[[str], object], text: Callable[[int], str]) -> float:
    """Return how many times as much four times the input costs, in the best of some attempts.

    CPU time of this thread is measured, and only its ratio within one run counts.
    """
    small, large = text(SIZE), text(LARGER)
    work(small)
    best = [float("inf"), float("inf")]
    for _ in range(ATTEMPTS):
        for place, given in enumerate((small, large)):
            best[place] = min(best[place], _seconds(work, given))
        if best[1] < BOUND * best[0]:
            break
    return best[1] / best[0]


def _seconds(work: Callable[[str], object], text: str) -> float:
    collected = gc.isenabled()
    gc.disable()
    try:
        begun = time.thread_time()
        work(text)
        return time.thread_time() - begun
    finally:
        if collected:
            gc.enable()
