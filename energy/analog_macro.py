"""Joules of the analog side of a macro, from what its run really did."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from behavioral.device import preset
from energy.analog import adc_conversion
from energy.array import ACCESS_SHARE, array_lines, line_energy_j
from energy.drivers import MULTIPLEXER_SHARE, STAGE_EFFORT, driver, multiplexer
from energy.technology import supply
from energy.transistor import transistor
from energy.wires import wire
from hw_spec.chip import ChipSpec
from hw_spec.sourced import Sourced

ROW_DRIVE = "macro.switch_matrix.row_drive"
ALL_OPEN = "macro.word_line_decoder.all_open"
COLUMN_SELECT = "macro.column_decoder.column_select"

SWITCHED = (ROW_DRIVE, ALL_OPEN, COLUMN_SELECT)
"""Registers of a macro whose toggles switch lines or multiplexers."""

LEFT_OUT = (
    "reference generation",
    "losses in making the read voltage from the supply",
    "resistance of row drivers, which are sized by the capacitance of a row, not by its current",
    "resistance of access transistors",
    "idle converters",
    "rows that stay driven while psums are held up",
    "leakage of the cells, which only those of SRAM have",
)
"""What this does not count."""


@dataclass(frozen=True, kw_only=True)
class AnalogEnergy:
    """Energy of one macro over a run, in joules, by what took it."""

    array_j: float
    """Cells: the currents that flowed while converters sampled."""

    converters_j: float
    row_inputs_j: float
    """Lines that carry the read voltage, and their drivers."""

    word_lines_j: float
    """Lines that open the cells, and their drivers."""

    multiplexers_j: float
    """Switches between columns and converters, and what drives them."""

    @property
    def total_j(self) -> float:
        """All together."""
        return sum(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, kw_only=True)
class ActionCosts:
    """What each action of the analog side costs, in joules."""

    conversion: Sourced
    """Of one converter."""

    row_input: Sourced
    """One transition of the input of one row, between ground and the read voltage."""

    word_line: Sourced
    """One transition of one word line, between ground and the supply."""

    select: Sourced
    """One transition of a line that opens the switches of one column in every lane."""


def action_costs(chip: ChipSpec) -> ActionCosts:
    """Return the costs of the actions on a macro of a chip.

    Raises
    ------
    ValueError
        If no transistor or wire of the node is known; the message names those that are.
    """
    spec, device = chip.macro, preset(chip.device)
    node, local = transistor(chip.node_nm), wire(chip.node_nm, "local")
    supply_v = supply(chip.node_nm)
    columns = spec.bit_lines + (spec.encoding == "offset")  # and the reference column
    lines = array_lines(device.cell, node, local, rows=spec.rows, columns=columns)
    rate_hz = 1 / (spec.adc.conversion_cycles * chip.clock_period_s.value)
    row, word = (driver(line, node) for line in (lines.row_input_f, lines.word_line_f))
    switch = multiplexer(spec.rows * device.g_max_s, spec.columns_per_adc, node)
    # A line opens a switch in every lane; of pairs, one for each of the two bit lines.
    select_f = switch.select_f(spec.bit_lines // spec.columns_per_adc)
    select_j = driver(select_f, node).toggle_energy_j(select_f, supply_v.value)
    source = f"{local.capacitance_f_per_m.source}; {supply_v.source}"
    # The chain of the driver swings between the supplies, the line up to the read voltage.
    row_j = row.toggle_energy_j(0.0, supply_v.value) + line_energy_j(
        1, capacitance_f=lines.row_input_f, swing_v=chip.read_v.value
    )
    return ActionCosts(
        conversion=adc_conversion(bits=spec.adc.bits, node_nm=chip.node_nm, rate_hz=rate_hz),
        row_input=Sourced(row_j, "J", source),
        word_line=Sourced(word.toggle_energy_j(lines.word_line_f, supply_v.value), "J", source),
        select=Sourced(select_j, "J", source),
    )


def cost_numbers(chip: ChipSpec) -> dict[str, Sourced]:
    """Return the numbers that the energy of a macro rests on, by name."""
    return {
        **{f"{name}_energy": number for name, number in vars(action_costs(chip)).items()},
        "supply": supply(chip.node_nm),
        "access_transistor_share": ACCESS_SHARE,
        "multiplexer_share": MULTIPLEXER_SHARE,
        "stage_effort": STAGE_EFFORT,
    }


def analog_energy(
    chip: ChipSpec, *, toggles: Mapping[str, int], conversions: int, array_j: float
) -> AnalogEnergy:
    """Return the energy of the analog side of a macro.

    Parameters
    ----------
    chip : ChipSpec
        Chip of the macro.
    toggles : mapping of str to int
        Bit toggles of the registers of the macro, by their paths; see `cosim.job.MacroRun`.
    conversions : int
        Conversions of each lane.
    array_j : float
        What the array drew from its row drivers, in joules.

    Raises
    ------
    ValueError
        If toggles were not counted, or the node is unknown.
    """
    missing = set(SWITCHED) - toggles.keys()
    if missing:
        raise ValueError(f"Toggles of '{min(missing)}' must be counted, but were not")
    spec, costs = chip.macro, action_costs(chip)
    return AnalogEnergy(
        array_j=array_j,
        converters_j=costs.conversion.value * conversions * spec.lanes,
        row_inputs_j=costs.row_input.value * toggles[ROW_DRIVE],
        word_lines_j=costs.word_line.value * toggles[ALL_OPEN] * spec.rows,
        multiplexers_j=costs.select.value * toggles[COLUMN_SELECT],
    )


def analog_entry(energy: AnalogEnergy) -> dict[str, Any]:
    """Return an energy as it stands in a report: joules, and what they leave out."""
    return asdict(energy) | {"total_j": energy.total_j, "left_out": list(LEFT_OUT)}
