"""Units, tables and numbers of Liberty files."""

import math
import re
from dataclasses import dataclass

import numpy as np

from energy.liberty_text import Group
from energy.library import Table

SCALE = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3}
LOADS = {"total_output_net_capacitance", "constrained_pin_transition"}
"""Variables that lie across a table; all others lie along it."""


@dataclass(frozen=True)
class Units:
    """Units of a library in SI units."""

    time_s: float
    voltage_v: float
    load_f: float
    leakage_w: float

    @property
    def energy_j(self) -> float:
        """Unit of internal power, which is an energy: Liberty Reference Manual, internal_power."""
        return self.load_f * self.voltage_v**2


def units_of(group: Group) -> Units:
    """Return the units that a library declares.

    Raises
    ------
    ValueError
        If one is missing or unknown.
    """
    number, unit, *_ = (*group.complex.get("capacitive_load_unit", ()), "", "")
    return Units(
        time_s=_unit("time_unit", group.simple.get("time_unit", ""), "s"),
        voltage_v=_unit("voltage_unit", group.simple.get("voltage_unit", ""), "v"),
        load_f=_unit("capacitive_load_unit", f"{number}{unit}", "f"),
        leakage_w=_unit("leakage_power_unit", group.simple.get("leakage_power_unit", ""), "w"),
    )


def _unit(name: str, text: str, symbol: str) -> float:
    found = re.fullmatch(rf"([\d.]+)\s*([fpnumk]?){symbol}", text.strip().lower())
    if found is None:
        raise ValueError(f"Unit {name!r} must be like '1n{symbol}', not {text!r}")
    return float(found[1]) * SCALE[found[2]]


def tables(
    group: Group,
    kinds: tuple[str, ...],
    units: Units,
    unit: float,
    templates: dict[str, Group],
) -> list[Table | None]:
    """Return the first table of each kind in a group; None where there is none.

    Parameters
    ----------
    group : Group
        What holds the tables.
    kinds : tuple of str
        Such as ``cell_rise``.
    units : Units
        Units of the axes.
    unit : float
        Unit of the values, in SI units.
    templates : dict of str to Group
        Templates of the library, which name the axes.
    """

    def one(kind: str) -> Table | None:
        tables = group.groups.get(kind)
        return _table(tables[0], units, unit, templates) if tables else None

    return [one(kind) for kind in kinds]


def _table(group: Group, units: Units, unit: float, templates: dict[str, Group]) -> Table:
    template = templates.get(group.names[0]) if group.names else None
    axes, names = [], []
    for n in (1, 2):
        name = None if template is None else template.simple.get(f"variable_{n}")
        if name is None:
            break
        index = group.complex.get(f"index_{n}") or template.complex[f"index_{n}"]  # type: ignore
        scale = units.load_f if name == "total_output_net_capacitance" else units.time_s
        axes.append(_numbers(index) * scale)
        names.append(name)
        if (np.diff(axes[-1]) <= 0).any():
            raise ValueError(f"Index {n} of a table must rise, not be {' '.join(index)}")
    values = _numbers(group.complex["values"]) * unit
    shape = [len(axis) for axis in axes] or [1]
    if values.size != np.prod(shape):
        raise ValueError(f"Table must have {np.prod(shape)} values, not {values.size}")
    values = values.reshape(shape)
    along, across = np.zeros(1), np.zeros(1)
    if len(axes) == 2 and names[0] in LOADS:
        axes, values = axes[::-1], values.T
    if len(axes) == 2:
        along, across = axes
    elif axes and names[0] in LOADS:
        across, values = axes[0], values[None]
    elif axes:
        along, values = axes[0], values[:, None]
    return Table(along, across, values.reshape(len(along), len(across)))


def _numbers(words: tuple[str, ...]) -> np.ndarray:
    found = np.array(" ".join(words).replace(",", " ").split(), np.float64)
    if not np.isfinite(found).all():
        raise ValueError(f"Numbers must be finite, not {' '.join(words)}")
    return found


def positive(name: str, text: str) -> float:
    """Return a number of a library that is not below 0.

    Raises
    ------
    ValueError
        If it is, or is no finite number.
    """
    found = finite(name, text)
    if found < 0:
        raise ValueError(f"{name} must not be below 0, as {text} is")
    return found


def finite(name: str, text: str) -> float:
    """Return a number of a library, as :func:`positive`, of either sign."""
    found = float(text)
    if not math.isfinite(found):
        raise ValueError(f"{name} must be a finite number, not {text}")
    return found
