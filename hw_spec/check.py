"""Checks that give every bad argument the same wording."""

import difflib
from collections.abc import Iterable


def integer(name: str, value: object, low: int, high: int) -> int:
    """Return ``value`` if it is an integer from ``low`` to ``high``.

    Raises
    ------
    TypeError
        If ``value`` is not an integer; booleans are not integers here.
    ValueError
        If ``value`` lies outside the range.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an integer, not {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} must be between {low} and {high}, not {value!r}")
    return value


def one_of(name: str, value: str, known: Iterable[str]) -> str:
    """Return ``value`` if it is among ``known``.

    Raises
    ------
    ValueError
        Otherwise. The message names the nearest known words first, or all of them if none is near.
    """
    words = list(known)
    if value in words:
        return value
    near = difflib.get_close_matches(value, words, n=3)
    hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(words)}"
    raise ValueError(f"{name} {value!r} is unknown; {hint}")
