"""Reads cell libraries in Liberty, the format of the Liberty Reference Manual, into SI units."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from energy.boolean import Function, parse
from energy.liberty_tables import Units, finite, positive, tables, units_of
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

SKY130_NM = 130
"""Technology node of the built-in cells, in nanometres."""

AREA_M2 = 1e-12
"""Unit of areas, square micrometres, which every library means and none declares."""

ROLES = ("clock", "enable", "test", "out")
CONSTRAINTS = ("setup_rising", "setup_falling", "hold_rising", "hold_falling")


def read_liberty(path: Path) -> Library:
    """Return the cell library of a Liberty file, ``.lib`` or ``.lib.gz``.

    Left out: supply pins, current-source and noise models, pulse widths, recovery and removal,
    and wire-load models.

    Raises
    ------
    ValueError
        If the file cannot be read or is no Liberty file, a unit is unknown, a cell is faulty, or
        none has internal power.
    """
    group = read_groups(path)
    units = units_of(group)
    templates = {one.names[0]: one for kind in _TEMPLATES for one in group.each(kind)}
    cells = {}
    for one in group.each("cell"):
        try:
            cells[one.names[0]] = _cell(one, units, templates)
        except (LookupError, ValueError) as error:
            names = ", ".join(one.names)
            raise ValueError(f"Cell '{names}' of library '{path}' must be sound: {error}") from None
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


def _corner(group: Group) -> tuple[float, float, float]:
    """Return voltage, temperature and process of the operating conditions."""
    wanted = group.simple.get("default_operating_conditions")
    found = {name.removeprefix("nom_"): text for name, text in group.simple.items()}
    for one in group.each("operating_conditions"):
        if wanted in (None, *one.names):
            found |= one.simple
            break
    if not found.keys() >= {"voltage", "temperature", "process"}:
        raise ValueError(f"Library '{group.names[0]}' must tell voltage, temperature and process")
    return float(found["voltage"]), float(found["temperature"]), float(found["process"])


def _cell(group: Group, units: Units, templates: dict[str, Group]) -> Cell:
    def leakage_w(text: str) -> float:
        return finite("Leakage", text) * units.leakage_w

    states = [
        Leakage(parse(one.simple["when"]), leakage_w(one.simple["value"]))
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
        area_m2=positive("Area", group.simple.get("area", "0")) * AREA_M2,
        leakage_w=leakage_w(default),
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


def _pin(group: Group, units: Units, templates: dict[str, Group]) -> Pin:
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
        rise_f=positive("Capacitance", simple.get("rise_capacitance", capacitance)) * units.load_f,
        fall_f=positive("Capacitance", simple.get("fall_capacitance", capacitance)) * units.load_f,
        max_load_f=_most(simple.get("max_capacitance"), units.load_f),
        role=next((name for name in ROLES if f"clock_gate_{name}_pin" in simple), None),
        function=_function(group, "function") if known else None,
        timing=tuple(
            _timing(one, pin, units, templates)
            for one, pin in timing
            if "cell_rise" in one.groups or "cell_fall" in one.groups
        ),
        constraints=tuple(
            Constraint(pin, kind, *tables(one, _CONSTRAINED, units, units.time_s, templates))
            for one, pin in timing
            if (kind := one.simple.get("timing_type", "")) in CONSTRAINTS
        ),
        power=tuple(power),
    )


def _timing(group: Group, pin: str, units: Units, templates: dict[str, Group]) -> TimingArc:
    return TimingArc(
        pin,
        group.simple.get("timing_type", "combinational"),
        group.simple.get("timing_sense", "non_unate"),
        _function(group, "when"),
        *tables(group, _DELAYS, units, units.time_s, templates),
    )


_DELAYS = ("cell_rise", "cell_fall", "rise_transition", "fall_transition")
_CONSTRAINED = ("rise_constraint", "fall_constraint")


def _power(group: Group, units: Units, templates: dict[str, Group]) -> Iterator[PowerArc]:
    names = ("power", "power") if "power" in group.groups else ("rise_power", "fall_power")
    rise, fall = tables(group, names, units, units.energy_j, templates)
    zero = Table(np.zeros(1), np.zeros(1), np.zeros((1, 1)))  # an edge that is not told costs none
    pins: list[str | None] = [*_related(group)]
    for pin in pins or [None]:
        yield PowerArc(pin, _function(group, "when"), rise or zero, fall or zero)


def _related(group: Group) -> list[str]:
    return group.simple.get("related_pin", "").split()


def _function(group: Group, name: str) -> Function | None:
    text = group.simple.get(name)
    return None if text is None else parse(text)


def _most(text: str | None, unit: float) -> float | None:
    return None if text is None else positive("Greatest capacitance", text) * unit
