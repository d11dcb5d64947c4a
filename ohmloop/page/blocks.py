"""What sections of a page consist of. The template tells how each is written."""

from dataclasses import dataclass
from typing import ClassVar

from pydantic import JsonValue


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One figure or word of a page."""

    text: str
    """As it is read."""

    path: str = ""
    """Where it stands in ``report.json``, as a JSON pointer (RFC 6901); empty if it was derived."""

    value: JsonValue = None
    """As it stands there."""

    style: str = ""
    """Of ``hash``, ``good``, ``bad``, ``badge`` and ``warn``, those that apply."""


@dataclass(frozen=True)
class Column:
    """Heading of a column, the unit of what stands below, and whether that is numbers."""

    title: str
    unit: str = ""
    number: bool = True


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of cells, and a last row that sums them up if there is any."""

    kind: ClassVar[str] = "table"
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A figure with its name, and what should be known beside it."""

    name: str
    cell: Cell
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Facts side by side: the first things to be read."""

    kind: ClassVar[str] = "facts"
    facts: tuple[Fact, ...]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A plot as SVG that was written here, so it may stand in the page as it is."""

    kind: ClassVar[str] = "picture"
    svg: str
    caption: str


@dataclass(frozen=True, kw_only=True)
class Note:
    """A sentence below what it explains."""

    kind: ClassVar[str] = "note"
    text: str


Block = Table | Facts | Picture | Note


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a page."""

    name: str
    """For links: lower-case letters."""

    title: str
    blocks: tuple[Block, ...]


NOTHING = Cell(text="-")


def words(text: str, path: str = "") -> Cell:
    """Return text as it stands in the report."""
    return Cell(text=text, path=path, value=text)


def digest(text: str | None, path: str) -> Cell:
    """Return a hash; None if there is none."""
    return Cell(text=text or "-", path=path, value=text, style="hash")


def count(value: int | None, path: str = "") -> Cell:
    """Return a number of things; None if nothing counted them."""
    return _number(None if value is None else f"{value:,}", value, path)


def percent(share: float | None, path: str = "") -> Cell:
    """Return a share from 0 to 1 in percent, without the sign; None if it is not known."""
    return _number(None if share is None else f"{100 * share:.1f}", share, path)


def amount(value: float | None, path: str = "", *, scale: float = 1, digits: int = 2) -> Cell:
    """Return a measurement divided by the scale of its unit; None if there is none."""
    return _number(None if value is None else f"{value / scale:,.{digits}f}", value, path)


PREFIXES = {"p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6}


def prefixed(largest: float, unit: str) -> tuple[float, str]:
    """Return the scale of a unit, and its name, with which a number is between 1 and 1000.

    Numbers beyond all prefixes get the nearest; zero gets none.
    """
    fitting = [prefix for prefix, scale in PREFIXES.items() if largest >= scale]
    prefix = "" if not largest else fitting[-1] if fitting else "p"
    return PREFIXES[prefix], f"{prefix}{unit}"


def _number(text: str | None, value: float | None, path: str) -> Cell:
    return Cell(text="-" if text is None else text, path=path, value=value)
