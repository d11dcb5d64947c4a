"""Writes cell libraries as Liberty, for synthesis and for timing analysers."""

import re
from collections.abc import Iterator

import numpy as np

from energy.boolean import Function, written
from energy.library import Cell, Constraint, Library, Pin, PowerArc, Table, TimingArc

TIME_S, LOAD_F, LEAKAGE_W, AREA_M2 = 1e-9, 1e-12, 1e-9, 1e-12
"""Units of the files that are written; voltages are in volts."""

ENERGY_J = LOAD_F * 1.0**2
"""Unit of internal power, an energy: Liberty Reference Manual, internal_power."""

# Thresholds matter only to wires with a resistance, which there are none of; OpenSTA wants them.
HEAD = """\
library ("{name}") {{
  comment : "{source}";
  delay_model : "table_lookup";
  time_unit : "1ns";
  voltage_unit : "1V";
  current_unit : "1mA";
  leakage_power_unit : "1nW";
  pulling_resistance_unit : "1kohm";
  capacitive_load_unit (1, "pf");
  input_threshold_pct_rise : 50;
  input_threshold_pct_fall : 50;
  output_threshold_pct_rise : 50;
  output_threshold_pct_fall : 50;
  slew_lower_threshold_pct_rise : 20;
  slew_lower_threshold_pct_fall : 20;
  slew_upper_threshold_pct_rise : 80;
  slew_upper_threshold_pct_fall : 80;
  nom_process : {process:g};
  nom_temperature : {temperature:g};
  nom_voltage : {voltage:g};
  operating_conditions ("nominal") {{
    process : {process:g};
    temperature : {temperature:g};
    voltage : {voltage:g};
  }}
  default_operating_conditions : "nominal";
"""


VARIABLES = {
    "delay": ("input_net_transition", "total_output_net_capacitance"),
    "constraint": ("related_pin_transition", "constrained_pin_transition"),
    "power": ("input_transition_time", "total_output_net_capacitance"),
    "slew": ("input_transition_time",),
}
"""What tables of a sort lie along and across."""


def liberty_text(library: Library, *, digits: int = 6) -> str:
    """Return a library as the text of a Liberty file, whose ``comment`` is its source.

    Reading it gives the same library, rounded.

    Parameters
    ----------
    library : Library
        What to write.
    digits : int
        Significant digits of every figure.
    """
    lines = [line for cell in library.cells.values() for line in _cell(cell, digits)]
    head = HEAD.format(
        name=library.name,
        source=library.source,
        process=library.process,
        temperature=library.temperature_c,
        voltage=library.voltage_v,
    )
    return "\n".join([head, *_templates(lines), *lines, "}\n"])


def _templates(lines: list[str]) -> Iterator[str]:
    """Yield a template for every sort and shape of table; ABC wants them of the same shape."""
    for name in sorted({found[1] for line in lines if (found := re.search(_TEMPLATE, line))}):
        sort, *sizes = name.split("_")
        kind = "lu_table_template" if sort in ("delay", "constraint") else "power_lut_template"
        yield f'  {kind} ("{name}") {{'
        for n, (variable, size) in enumerate(zip(VARIABLES[sort], sizes, strict=True), 1):
            yield f"    variable_{n} : {variable};"
            yield f'    index_{n} ("{", ".join(map(str, range(int(size))))}");'
        yield "  }"


_TEMPLATE = r'\("((?:delay|constraint|power|slew)_[\d_]+)"\)'


def _cell(cell: Cell, digits: int) -> Iterator[str]:
    yield f'  cell ("{cell.name}") {{'
    yield f"    area : {cell.area_m2 / AREA_M2:.{digits}g};"
    yield f"    cell_leakage_power : {cell.leakage_w / LEAKAGE_W:.{digits}g};"
    if cell.dont_use:
        yield '    dont_use : "true";'
    if cell.clock_gate is not None:
        yield f'    clock_gating_integrated_cell : "{cell.clock_gate}";'
    for state in cell.leakages:
        value = f"{state.power_w / LEAKAGE_W:.{digits}g}"
        yield f'    leakage_power () {{ value : {value}; when : "{_text(state.when)}"; }}'
    if cell.flop is not None:
        yield f'    ff ("{cell.flop.state}", "{cell.flop.inverse}") {{'
        for name in ("clocked_on", "next_state", "clear", "preset"):
            function = getattr(cell.flop, name)
            if function is not None:
                yield f'      {name} : "{_text(function)}";'
        yield "    }"
    elif cell.latch:
        yield '    latch ("IQ", "IQ_N") { }'
    for pin in cell.pins.values():
        yield from _pin(pin, digits)
    yield "  }"


def _pin(pin: Pin, digits: int) -> Iterator[str]:
    yield f'    pin ("{pin.name}") {{'
    yield f'      direction : "{pin.direction}";'
    if pin.direction == "input":
        yield f'      clock : "{str(pin.clock).lower()}";'
        # The mean comes first: some readers take it for both edges until they are told otherwise.
        mean_f = (pin.rise_f + pin.fall_f) / 2
        for name, value_f in (("", mean_f), ("rise_", pin.rise_f), ("fall_", pin.fall_f)):
            yield f"      {name}capacitance : {value_f / LOAD_F:.{digits}g};"
    if pin.role is not None:
        yield f'      clock_gate_{pin.role}_pin : "true";'
    if pin.max_load_f is not None:
        yield f"      max_capacitance : {pin.max_load_f / LOAD_F:.{digits}g};"
    if pin.function is not None:
        yield f'      function : "{_text(pin.function)}";'
    for timing in pin.timing:
        yield from _timing(timing, digits)
    for constraint in pin.constraints:
        yield from _constraint(constraint, digits)
    for power in pin.power:
        yield from _power(power, digits)
    yield "    }"


def _timing(arc: TimingArc, digits: int) -> Iterator[str]:
    yield "      timing () {"
    yield f'        related_pin : "{arc.related_pin}";'
    yield f'        timing_type : "{arc.kind}";'
    yield f'        timing_sense : "{arc.sense}";'
    yield from _when(arc.when)
    yield from _table("cell_rise", "delay", arc.delay_rise_s, TIME_S, digits)
    yield from _table("cell_fall", "delay", arc.delay_fall_s, TIME_S, digits)
    yield from _table("rise_transition", "delay", arc.slew_rise_s, TIME_S, digits)
    yield from _table("fall_transition", "delay", arc.slew_fall_s, TIME_S, digits)
    yield "      }"


def _constraint(arc: Constraint, digits: int) -> Iterator[str]:
    yield "      timing () {"
    yield f'        related_pin : "{arc.related_pin}";'
    yield f'        timing_type : "{arc.kind}";'
    yield from _table("rise_constraint", "constraint", arc.rise_s, TIME_S, digits)
    yield from _table("fall_constraint", "constraint", arc.fall_s, TIME_S, digits)
    yield "      }"


def _power(arc: PowerArc, digits: int) -> Iterator[str]:
    yield "      internal_power () {"
    if arc.related_pin is not None:
        yield f'        related_pin : "{arc.related_pin}";'
    yield from _when(arc.when)
    for name, table in (("rise_power", arc.rise_j), ("fall_power", arc.fall_j)):
        template = "power" if len(table.across) > 1 else "slew"
        yield from _table(name, template, table, ENERGY_J, digits)
    yield "      }"


def _when(when: Function | None) -> Iterator[str]:
    if when is not None:
        yield f'        when : "{_text(when)}";'


def _table(
    name: str, template: str, table: Table | None, unit: float, digits: int
) -> Iterator[str]:
    if table is None:
        return
    across_unit = TIME_S if template == "constraint" else LOAD_F

    def numbers(values: np.ndarray) -> str:
        return ", ".join(f"{value:.{digits}g}" for value in values.tolist())

    axes = [table.slew_s / TIME_S, table.across / across_unit][: len(VARIABLES[template])]
    sizes = "_".join(str(len(axis)) for axis in axes)
    yield f'        {name} ("{template}_{sizes}") {{'
    for n, axis in enumerate(axes, 1):
        yield f'          index_{n} ("{numbers(axis)}");'
    values = table.values if len(axes) > 1 else table.values.T
    rows = ", ".join(f'"{numbers(row / unit)}"' for row in values)
    yield f"          values ({rows});"
    yield "        }"


def _text(function: Function) -> str:
    return written(function, str, inversion="!")
