"""Boolean functions of cells: read from Liberty, evaluated on bits, written as C++."""

from collections.abc import Callable, Mapping
from functools import cache
from operator import and_, or_, xor
from typing import Any

import lark

Function = tuple[Any, ...]
"""``("0",)``, ``("1",)``, ``("pin", name)``, ``("~", a)``, or ``(op, a, b)`` with op ``& | ^``."""

GRAMMAR = r"""
?start: either
?either: both | either ("|" | "+") both -> either
?both: differ | both ("&" | "*")? differ -> both
?differ: inverse | differ "^" inverse -> differ
?inverse: primed | "!" inverse -> inverse
?primed: atom | primed "'" -> inverse
?atom: "(" either ")" | "0" -> zero | "1" -> one | PIN -> pin
PIN: /[A-Za-z_][\w\[\]]*/
%ignore /\s+/
"""


def parse(text: str) -> Function:
    """Return the function that an expression of Liberty names.

    Liberty Reference Manual, "function": inversion by ``'`` or ``!`` binds first, then ``^``, then
    ``&``, ``*`` or a space, then ``|`` or ``+``.

    Raises
    ------
    ValueError
        If it is none.
    """
    try:
        return _parser().parse(text)  # type: ignore[return-value]
    except lark.exceptions.LarkError:
        raise ValueError(f"Boolean function must be one of Liberty, not {text!r}") from None


def evaluate(function: Function, pins: Mapping[str, Any], ones: Any) -> Any:
    """Return a function of bits.

    Parameters
    ----------
    function : Function
        What to compute.
    pins : mapping of str to int or ndarray of uint64
        Bits of every pin it names.
    ones : int or uint64
        As many ones as there are bits; inversion is exclusive-or with it.
    """
    match function:
        case ("0",):
            return ones ^ ones
        case ("1",):
            return ones
        case ("pin", name):
            return pins[name]
        case ("~", a):
            return evaluate(a, pins, ones) ^ ones
        case (symbol, a, b):
            return _SYMBOLS[symbol](evaluate(a, pins, ones), evaluate(b, pins, ones))
    raise AssertionError(function)


def pins_of(function: Function) -> tuple[str, ...]:
    """Return the pins that a function names, each once, in alphabetic order."""
    if function[0] == "pin":
        return (function[1],)
    return tuple(sorted({name for part in function[1:] for name in pins_of(part)}))


def substitute(function: Function, parts: Mapping[str, Function]) -> Function:
    """Return a function with functions in the place of some pins."""
    if function[0] == "pin":
        return parts.get(function[1], function)
    return (function[0], *(substitute(part, parts) for part in function[1:]))


def written(function: Function, name: Callable[[str], str], *, inversion: str = "~") -> str:
    """Return an expression in parentheses, given how to write pins, ``0`` and ``1``.

    It is one of C++ and Verilog, or with another sign of inversion one of Liberty.
    """
    match function:
        case ("0",):
            return name("0")
        case ("1",):
            return name("1")
        case ("pin", pin):
            return name(pin)
        case ("~", a):
            return f"{inversion}{written(a, name, inversion=inversion)}"
        case (symbol, a, b):
            left, right = (written(one, name, inversion=inversion) for one in (a, b))
            return f"({left} {symbol} {right})"
    raise AssertionError(function)


_SYMBOLS = {"&": and_, "|": or_, "^": xor}


class _Builder(lark.Transformer):
    def zero(self, _items: list[Any]) -> Function:
        return ("0",)

    def one(self, _items: list[Any]) -> Function:
        return ("1",)

    def pin(self, items: list[str]) -> Function:
        return ("pin", str(items[0]))

    def inverse(self, items: list[Function]) -> Function:
        return ("~", items[0])

    def both(self, items: list[Function]) -> Function:
        return ("&", *items)

    def differ(self, items: list[Function]) -> Function:
        return ("^", *items)

    def either(self, items: list[Function]) -> Function:
        return ("|", *items)


@cache
def _parser() -> lark.Lark:
    return lark.Lark(GRAMMAR, parser="lalr", transformer=_Builder())
