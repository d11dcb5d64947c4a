"""Energy of a layer from shares of ones instead of all that moved: two ways to save its traces.

DNN+NeuroSim (IEDM 2019, section IV and Fig. 7) compares three ways. *Real*: every vector is
followed through the arrays. *Pseudo-traced*: inputs and weights of a layer are read once, and only
their shares of non-zero values are kept. *Average*: nothing is read, and one share is assumed
throughout, such as one half. How energy follows from the shares is not published; this is how it
does here.

- The inputs are the vectors as unrolled for the arrays; their share is that of ones among all bits.
- A cell with a weight conducts ``Gmin + share * (Gmax - Gmin)``; as published, a cell at any level
  but 0 counts as one at the top. `LEVELS` is pseudo-traced as well, but keeps the mean level: the
  same for cells of one bit, and the best that one number can say of others.
- Rows without input, cells without weight and the reference column are known from the floorplan.
  Columns that float conduct as they do in the array of a run.
- Neighbouring bits are independent, so that a bit with the share p switches 2 p (1 - p) times.
- Registers behind the converters switch as NeuroSim fixes it, see :mod:`energy.neurosim`; those it
  does not speak of as those it does.
- What the schedule alone decides is charged as in the run: converters, word lines, multiplexers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from behavioral.device import preset
from cosim.predict import row_groups
from energy.analog_macro import AnalogEnergy, action_costs
from energy.blocks import FIXED, INPUT_BUS, INPUTS, ROW_DRIVE
from energy.digital import toggle_energy
from energy.neurosim import ACTIVITIES
from hw_spec.chip import ChipSpec
from hw_spec.macro import MacroSpec
from hw_spec.sourced import Sourced

REAL, PSEUDO, LEVELS, AVERAGE = "real", "pseudo-traced", "mean level", "average"
WAYS = (REAL, PSEUDO, LEVELS, AVERAGE)
"""The first is what all others are held to."""

HALF = Sourced(
    0.5, "1", "DNN+NeuroSim, IEDM 2019, section IV: assumed by the user, for example 50 %"
)

LEFT_OUT = ("clocks and leakage, which no trace decides", "logic between registers")
"""What the energy of registers does not have."""


@dataclass(frozen=True)
class Shares:
    """What is kept of the traces of a layer, each from 0 to 1."""

    inputs: float
    """Ones among the bits of the inputs."""

    weights: float
    """Conductance of a cell with a weight: 0 is Gmin, 1 is Gmax."""


@dataclass(frozen=True)
class Held:
    """The part of a macro that holds weights, in its first rows and columns."""

    rows: int
    columns: int


def input_share(words: np.ndarray, *, used: int, rows: int, input_bits: int) -> float:
    """Return the share of ones among the bits of inputs.

    Parameters
    ----------
    words : ndarray of unsigned, shape (..., rows of all words)
        Vectors, zero in rows without input.
    used : int
        Rows with input, of all words of a vector together.
    rows : int
        Rows of all words of a vector together, those without input included.
    input_bits : int
        Width of an input.
    """
    ones = int(np.bitwise_count(words).sum(dtype=np.int64))
    return ones / (words.size // rows * used * input_bits)


def weight_shares(levels: Iterable[np.ndarray], spec: MacroSpec) -> tuple[float, float]:
    """Return the share of cells that are not at level 0, and the mean level over the top one.

    Parameters
    ----------
    levels : iterable of ndarray of uint8
        Levels of the cells with weights, macro by macro.
    spec : MacroSpec
        Macro that holds them.
    """
    cells = above = total = 0
    for one in levels:
        cells += one.size
        above += int(np.count_nonzero(one))
        total += int(one.sum(dtype=np.int64))
    return above / cells, total / (cells * spec.top_level)


def array_energy_j(
    chip: ChipSpec, held: Mapping[Held, int], *, vectors: int, shares: Shares
) -> float:
    """Return what the arrays of a layer draw, in joules.

    Parameters
    ----------
    chip : ChipSpec
        Chip of the layer.
    held : mapping of Held to int
        How many macros hold so much of it.
    vectors : int
        Vectors that each of them converts.
    shares : Shares
        What is known of inputs and weights.
    """
    spec, device = chip.macro, preset(chip.device)
    low_s, range_s = device.g_min_s, device.g_max_s - device.g_min_s
    cell_s = low_s + shares.weights * range_s
    reference_s = low_s + spec.reference_level * device.step_s(spec.cell_bits)
    selections, drawn_s = spec.columns_per_adc, 0.0
    for part, macros in held.items():
        lines = part.columns * spec.bit_lines // spec.columns
        whole_s = part.rows * cell_s + (spec.rows - part.rows) * low_s
        for driven in _driven(part, spec, shares):
            # Of the selections, each line is read in one and floats in the others.
            for count, row_s, line_s in (
                (lines, cell_s, whole_s),
                (spec.bit_lines - lines, low_s, spec.rows * low_s),
            ):
                read_s = driven * row_s
                floating_s = read_s - read_s**2 / line_s
                drawn_s += macros * count * (read_s + (selections - 1) * floating_s)
            if spec.encoding == "offset":
                drawn_s += macros * selections * driven * reference_s
    time_s = spec.adc.conversion_cycles * chip.clock_period_s.value
    return chip.read_v.value**2 * time_s * vectors * spec.input_bits * drawn_s


def _driven(part: Held, spec: MacroSpec, shares: Shares) -> list[float]:
    """Return the mean number of driven rows in each row group."""
    return [shares.inputs * len(range(*rows.indices(part.rows))) for rows in row_groups(spec)]


def register_toggles(
    spec: MacroSpec,
    held: Mapping[Held, int],
    *,
    vectors: int,
    shares: Shares,
    updates: Mapping[str, int],
) -> dict[str, float]:
    """Return the expected toggles of the registers of a layer, by block.

    Parameters
    ----------
    spec : MacroSpec
        Macro of the layer.
    held, vectors, shares
        As of :func:`array_energy_j`.
    updates : mapping of str to int
        Bits that take a value in all images, by block, as of :func:`energy.blocks.updates`.
    """
    rows = sum(part.rows * macros for part, macros in held.items())
    one = shares.inputs
    switching = 2 * one * (1 - one)
    inputs = rows * spec.input_bits * vectors * switching
    # A row is let go while other groups are read.
    driven = inputs if spec.row_groups == 1 else rows * spec.input_bits * vectors * 2 * one
    fixed = {
        block: ACTIVITIES[name or "register"].value * updates[block]
        for block, name in FIXED.items()
    }
    return fixed | {INPUT_BUS: inputs, INPUTS: inputs, ROW_DRIVE: driven}


def joules(
    analog: AnalogEnergy, *, array_j: float, row_drives: float, registers: float, chip: ChipSpec
) -> dict[str, float]:
    """Return the energy of a layer by what takes it, in joules.

    Row drives are transitions of the inputs of rows, registers toggles of all of them. What the
    schedule alone decides is taken from the analog energy of the run.
    """
    return {
        "array": array_j,
        "converters": analog.converters_j,
        "row_inputs": action_costs(chip).row_input.value * row_drives,
        "word_lines": analog.word_lines_j,
        "multiplexers": analog.multiplexers_j,
        "registers": toggle_energy(chip.node_nm).value * registers,
    }
