"""Properties that are worked out once."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class once(Generic[Value]):
    """A property of what one thread works with, made when first asked for.

    `cached_property` does the same under a lock in Python 3.11, which takes longer than making
    most of what a filter asks for.
    """

    def __init__(self, make: Callable[[Any], Value]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, thing: object, owner: type) -> Value:
        # What is found in the dictionary of the object is not asked for here again.
        made = thing.__dict__[self._name] = self._make(thing)
        return made
