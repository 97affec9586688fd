"""Fixtures of the attackers' tests, and the number of examples of the fuzzing ones."""

import os

from hypothesis import HealthCheck, settings

from tests.browser.conftest import _close_shared, browser, context, page

__all__ = ["_close_shared", "browser", "context", "page"]

#: Registered here so that `--hypothesis-profile=fuzz` finds it; `make fuzz` passes that.
settings.register_profile(
    "fuzz",
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


def bounded(examples: int) -> settings:
    """Return settings for as many examples, the same ones each time; with `make fuzz`, more.

    `FUZZ_TIMES` sets how many times as many, which are then new ones with every run.
    """
    if settings.get_current_profile_name() == "fuzz":
        times = int(os.environ.get("FUZZ_TIMES", "50"))
        return settings(max_examples=examples * times)
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
