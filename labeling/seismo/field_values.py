"""Several fields of a record at once, for what looks at each of a million records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any


def values_of(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Gets the fields of these names in one call, as a tuple however many they are; attrgetter gives a tuple of two or more only."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)
