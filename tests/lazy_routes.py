"""Routes that compile the function of a URL when it is first built, for processes of tests only.

Werkzeug compiles two functions for every route of an application, which takes twice as long as
the rest of `create_app`. A test builds an application of its own, and the URLs of few routes.
"""

from collections.abc import Callable
from types import MethodType
from typing import Any

from werkzeug.routing import Rule

_compile: Callable[..., Callable[..., tuple[str, str]]] = Rule._compile_builder


def build_urls_lazily() -> None:
    """Let the routes that this process makes from now on compile with their first URL."""
    Rule._compile_builder = _lazy  # type: ignore[method-assign]


def _lazy(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    compiled: list[Callable[..., tuple[str, str]]] = []

    def build(rule: Rule, **values: Any) -> tuple[str, str]:
        if not compiled:
            compiled.append(MethodType(_compile(rule, append_unknown), rule))
        return compiled[0](**values)

    return build
