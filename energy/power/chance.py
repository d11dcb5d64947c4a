"""How often functions of pins are 1, and how often a pin decides them, if pins are independent."""

from collections.abc import Mapping
from functools import cache
from itertools import product

import numpy as np

from energy.boolean import Function, evaluate, pins_of, substitute


def chance(function: Function, ones: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return how often a function is 1.

    Parameters
    ----------
    function : Function
        A function of pins.
    ones : mapping of str to ndarray of float64, any shape
        How often each pin that it names is 1, from 0 to 1.

    Returns
    -------
    ndarray of float64, of the shape of those in ``ones``
        The sum over all values of the pins at which the function is 1.
    """
    total = np.zeros(np.shape(next(iter(ones.values()), 0.0)))
    for values in _true_at(function):
        total = total + np.prod([ones[p] if v else 1 - ones[p] for p, v in values], axis=0)
    return total


def decisive(function: Function, pin: str, ones: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return how often a function changes if one pin does: its Boolean difference.

    Najm, "Transition density: a new measure of activity in digital circuits", IEEE TCAD 12 (1993).

    Parameters
    ----------
    function, ones
        As of :func:`chance`.
    pin : str
        The pin that changes.
    """
    return chance(_difference(function, pin), ones)


# Cells have few functions, and every block of a chip asks for them again.
@cache
def _true_at(function: Function) -> tuple[tuple[tuple[str, int], ...], ...]:
    """Return the values of the pins at which a function is 1, each with its pin."""
    pins = pins_of(function)
    return tuple(
        tuple(zip(pins, values, strict=True))
        for values in product((0, 1), repeat=len(pins))
        if evaluate(function, dict(zip(pins, values, strict=True)), 1)
    )


@cache
def _difference(function: Function, pin: str) -> Function:
    high, low = (substitute(function, {pin: value}) for value in (("1",), ("0",)))
    return ("^", high, low)
