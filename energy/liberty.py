"""Reads cell libraries in Liberty, the format of the Liberty Reference Manual, into SI units."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from energy.boolean import Function, parse
from energy.liberty_text import Group, read_groups
from energy.library import (
    Cell,
    Constraint,
    Flop,
    Leakage,
    Library,
    Pin,
    PowerArc,
    Table,
    TimingArc,
)

SKY130 = Path(__file__).parent / "cells" / "sky130.lib"
"""Built-in cells, as ``examples/derive_cells.py`` takes them from the SkyWater library."""

AREA_M2 = 1e-12
"""Unit of areas, square micrometres, which every library means and none declares."""

SCALE = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3}
LOADS = {"total_output_net_capacitance", "constrained_pin_transition"}
"""Variables that lie across a table; all others lie along it."""

ROLES = ("clock", "enable", "test", "out")
CONSTRAINTS = ("setup_rising", "setup_falling", "hold_rising", "hold_falling")


def read_liberty(path: Path) -> Library:
    """Return the cell library of a Liberty file, ``.lib`` or ``.lib.gz``.

    Left out: supply pins, current-source and noise models, pulse widths, recovery and removal,
    and wire-load models.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is no Liberty file, a unit is unknown, or no cell has internal power.
    """
    group = read_groups(path)
    units = _units(group)
    templates = {one.names[0]: one for kind in _TEMPLATES for one in group.each(kind)}
    cells = {one.names[0]: _cell(one, units, templates) for one in group.each("cell")}
    if not any(pin.power for cell in cells.values() for pin in cell.pins.values()):
        raise ValueError(f"Library '{path}' must tell the internal power of cells, but has none")
    voltage_v, temperature_c, process = _corner(group)
    return Library(
        name=group.names[0],
        source=group.simple.get("comment", f"Liberty file {path.name}"),
        voltage_v=voltage_v * units.voltage_v,
        temperature_c=temperature_c,
        process=process,
        cells=cells,
    )


_TEMPLATES = ("lu_table_template", "power_lut_template")


@dataclass(frozen=True)
class _Units:
    time_s: float
    voltage_v: float
    load_f: float
    leakage_w: float

    @property
    def energy_j(self) -> float:
        """Unit of internal power, which is an energy: Liberty Reference Manual, internal_power."""
        return self.load_f * self.voltage_v**2


def _units(group: Group) -> _Units:
    number, unit = group.complex.get("capacitive_load_unit", ("", ""))
    return _Units(
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


def _corner(group: Group) -> tuple[float, float, float]:
    """Return voltage, temperature and process of the operating conditions."""
    wanted = group.simple.get("default_operating_conditions")
    for one in group.each("operating_conditions"):
        if wanted in (None, one.names[0]):
            names = ("voltage", "temperature", "process")
            return tuple(float(one.simple[name]) for name in names)  # type: ignore[return-value]
    raise ValueError(f"Library {group.names[0]!r} must tell its operating conditions")


def _cell(group: Group, units: _Units, templates: dict[str, Group]) -> Cell:
    states = [
        Leakage(parse(one.simple["when"]), float(one.simple["value"]) * units.leakage_w)
        for one in group.each("leakage_power")
        if "when" in one.simple
    ]
    default = next(
        (one.simple["value"] for one in group.each("leakage_power") if "when" not in one.simple),
        group.simple.get("cell_leakage_power", "0"),
    )
    pins = [
        _pin(one, units, templates)
        for one in group.each("pin")
        if one.simple.get("direction") != "internal"
    ]
    return Cell(
        name=group.names[0],
        area_m2=float(group.simple.get("area", "0")) * AREA_M2,
        leakage_w=float(default) * units.leakage_w,
        leakages=tuple(states),
        pins={pin.name: pin for pin in pins},
        flop=next(map(_flop, group.each("ff")), None),
        clock_gate=group.simple.get("clock_gating_integrated_cell"),
        latch="latch" in group.groups,
        dont_use=group.simple.get("dont_use") == "true",
    )


def _flop(group: Group) -> Flop:
    clear, preset = (_function(group, name) for name in ("clear", "preset"))
    clocked_on, next_state = (parse(group.simple[name]) for name in ("clocked_on", "next_state"))
    state, inverse = group.names
    return Flop(state, inverse, clocked_on, next_state, clear, preset)


def _pin(group: Group, units: _Units, templates: dict[str, Group]) -> Pin:
    simple = group.simple
    capacitance = simple.get("capacitance", "0")
    # What may float has no function that two values could tell.
    known = "three_state" not in simple
    power = [arc for one in group.each("internal_power") for arc in _power(one, units, templates)]
    timing = [(one, pin) for one in group.each("timing") for pin in _related(one)]
    return Pin(
        name=group.names[0],
        direction=simple.get("direction", "input"),
        clock=simple.get("clock") == "true",
        rise_f=float(simple.get("rise_capacitance", capacitance)) * units.load_f,
        fall_f=float(simple.get("fall_capacitance", capacitance)) * units.load_f,
        max_load_f=_scaled(simple.get("max_capacitance"), units.load_f),
        role=next((name for name in ROLES if f"clock_gate_{name}_pin" in simple), None),
        function=_function(group, "function") if known else None,
        timing=tuple(
            _timing(one, pin, units, templates)
            for one, pin in timing
            if "cell_rise" in one.groups or "cell_fall" in one.groups
        ),
        constraints=tuple(
            Constraint(pin, kind, *_tables(one, _CONSTRAINED, units, units.time_s, templates))
            for one, pin in timing
            if (kind := one.simple.get("timing_type", "")) in CONSTRAINTS
        ),
        power=tuple(power),
    )


def _timing(group: Group, pin: str, units: _Units, templates: dict[str, Group]) -> TimingArc:
    return TimingArc(
        pin,
        group.simple.get("timing_type", "combinational"),
        group.simple.get("timing_sense", "non_unate"),
        _function(group, "when"),
        *_tables(group, _DELAYS, units, units.time_s, templates),
    )


_DELAYS = ("cell_rise", "cell_fall", "rise_transition", "fall_transition")
_CONSTRAINED = ("rise_constraint", "fall_constraint")


def _power(group: Group, units: _Units, templates: dict[str, Group]) -> Iterator[PowerArc]:
    names = ("power", "power") if "power" in group.groups else ("rise_power", "fall_power")
    rise, fall = _tables(group, names, units, units.energy_j, templates)
    zero = Table(np.zeros(1), np.zeros(1), np.zeros((1, 1)))  # an edge that is not told costs none
    pins: list[str | None] = [*_related(group)]
    for pin in pins or [None]:
        yield PowerArc(pin, _function(group, "when"), rise or zero, fall or zero)


def _related(group: Group) -> list[str]:
    return group.simple.get("related_pin", "").split()


def _tables(
    group: Group,
    kinds: tuple[str, ...],
    units: _Units,
    unit: float,
    templates: dict[str, Group],
) -> list[Table | None]:
    def one(kind: str) -> Table | None:
        tables = group.groups.get(kind)
        return _table(tables[0], units, unit, templates) if tables else None

    return [one(kind) for kind in kinds]


def _table(group: Group, units: _Units, unit: float, templates: dict[str, Group]) -> Table:
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
    values = _numbers(group.complex["values"]).reshape([len(axis) for axis in axes] or [1]) * unit
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
    return np.array(" ".join(words).replace(",", " ").split(), np.float64)


def _function(group: Group, name: str) -> Function | None:
    text = group.simple.get(name)
    return None if text is None else parse(text)


def _scaled(text: str | None, unit: float) -> float | None:
    return None if text is None else float(text) * unit
