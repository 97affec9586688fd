"""A lazily computed property without a lock."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class lazy_property(Generic[Value]):  # noqa: N801 - used like `property`
    """A property that is computed on first use and then stored on the object.

    Not thread-safe, for objects of one thread. `cached_property` takes a lock in Python 3.11,
    which costs more than computing most of the views of a text.
    """

    def __init__(self, make: Callable[[Any], Value]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> Value:
        # The stored value in the object's dictionary shadows this descriptor from now on.
        value = instance.__dict__[self._name] = self._make(instance)
        return value
