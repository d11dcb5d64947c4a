"""Toggles of the registers that hold control: they follow from the schedule alone."""

import numpy as np

from cosim.twin.sar import strobe_toggles
from cosim.twin.schedule import Schedule, conversions
from hw_spec.macro import MacroSpec
from hw_spec.port import psum_beats, row_beats


def control_toggles(plan: Schedule) -> dict[str, int]:
    """Return the toggles of all control registers, by path below the top module.

    Counted from the first cycle to that in which the last psum beat is taken; what changes at the
    end of that cycle is counted only if the run goes on until the macro is at rest. `adc.driven`
    and `adc.taken` lack their sums of inputs.
    """
    toggles = _rows(plan) | _sequencer(plan) | _drivers(plan) | _adc(plan) | _results(plan)
    return toggles | strobe_toggles(plan) if plan.spec.adc.kind == "sar" else toggles


def counter_toggles(count: int) -> int:
    """Return the toggles of a counter that runs from 0 to ``count - 1`` and back to 0."""
    return _round_toggles(np.arange(count))


def let_go(plan: Schedule) -> bool:
    """Return whether rows and columns are let go after the last vector, before the run ends.

    They are in the cycle after its last step. With one conversion per vector, codes may be waited
    for so long that a run ends before its steps do.
    """
    return plan.settled or bool(plan.last_step[-1] + 1 < plan.last_psum[-1])


def _rows(plan: Schedule) -> dict[str, int]:
    vectors = len(plan.start)
    # A vector loaded in the very cycle in which the one before it starts leaves no gap.
    at_once = int((plan.last_row[1:] == plan.start[:-1]).sum())
    return {
        "row_registers.beat": vectors * counter_toggles(row_beats(plan.spec)),
        "row_registers.loaded": 2 * (vectors - at_once),
    }


def _sequencer(plan: Schedule) -> dict[str, int]:
    spec, vectors = plan.spec, len(plan.start)
    rounds = vectors * spec.input_bits
    # The only register that may be caught in the middle by the end of the run.
    steps = np.arange(spec.adc.conversion_cycles)
    missing = int(plan.last_step[-1] + 1 - plan.last_psum[-1])
    step = vectors * conversions(spec) * _round_toggles(steps)
    ended = plan.settled or missing <= 0
    if not ended:
        step -= int(_changes(np.append(steps, 0))[-missing:].sum())
    return {
        "sequencer.converting": 2 * _runs(plan) - (not ended),
        "sequencer.plane": vectors * counter_toggles(spec.input_bits),
        "sequencer.group": rounds * counter_toggles(spec.row_groups),
        "sequencer.column": rounds * spec.row_groups * counter_toggles(spec.columns_per_adc),
        "sequencer.step": step,
    }


def _drivers(plan: Schedule) -> dict[str, int]:
    spec, held = plan.spec, not let_go(plan)
    open_lines = 2 * _runs(plan) - held
    chosen = len(plan.start) * conversions(spec)
    # One of several columns is let go either way, one alone only between runs.
    selects = 2 * chosen - held if spec.columns_per_adc > 1 else open_lines
    return {
        "word_line_decoder.all_open": open_lines,
        "word_line_decoder.enable": 0,  # no cell is accessed
        "word_line_decoder.row": 0,
        "column_decoder.column_select": selects,
    }


def _adc(plan: Schedule) -> dict[str, int]:
    spec, vectors = plan.spec, len(plan.start)
    each, cycles = conversions(spec), spec.adc.conversion_cycles
    words = _conversion_words(spec)
    first, later = int(words[0]).bit_count(), int(words[0] ^ words[-1]).bit_count()
    beside = vectors * int(_changes(words).sum()) + first + (vectors - 1) * later
    return {
        "adc.armed": 2 * (_runs(plan) if cycles == 1 else vectors * each),
        "adc.cycles_left": vectors * each * counter_toggles(cycles),
        "adc.pending": 2 * _busy_runs(plan),
        "adc.driven": beside,
        "adc.taken": beside,
    }


def _results(plan: Schedule) -> dict[str, int]:
    vectors = len(plan.start)
    finished_at_once = int((plan.finish[1:] == plan.capture[:-1]).sum())
    captured_at_once = int((plan.capture[1:] == plan.drained[:-1]).sum())
    offered_at_once = int((plan.first_move[1:] == plan.last_psum[:-1]).sum())
    return {
        "slice_combine.finished": 2 * (vectors - finished_at_once),
        "slice_combine.draining": 2 * (vectors - captured_at_once),
        "slice_combine.beat": vectors * counter_toggles(psum_beats(plan.spec)),
        # The last beat is still offered in the last cycle.
        "slice_combine.psums__valid": 2 * (vectors - offered_at_once) - (not plan.settled),
    }


def _runs(plan: Schedule) -> int:
    """Return how many times steps begin after a cycle without."""
    return len(plan.start) - int(plan.joined.sum())


def _busy_runs(plan: Schedule) -> int:
    """Return how many times the converters begin after a cycle in which they have nothing to do.

    Codes are taken in the cycle of the next sample, unless that is late. It is when no vector
    follows at once, and when the macro holds while the first conversion of a vector is under way:
    that one ends in time, the next begins later.
    """
    spec, vectors = plan.spec, len(plan.start)
    first_sample = plan.cycle_of(plan.start_step + 2)
    at_once = plan.finish[:-1] == first_sample[1:]
    runs = vectors - int(at_once.sum())
    if spec.adc.conversion_cycles > 1 and conversions(spec) > 1:
        held = plan.capture[:-1] > plan.finish[:-1] + 1
        runs += int((at_once & held).sum())
    return runs


def _conversion_words(spec: MacroSpec) -> np.ndarray:
    """Return what travels beside each conversion of a vector, but for the sum of inputs."""
    planes, groups, columns = spec.input_bits, spec.row_groups, spec.columns_per_adc
    plane, group, column = np.ogrid[:planes, :groups, :columns]
    first = (plane == 0) & (group == 0)
    last = (plane == planes - 1) & (group == groups - 1) & (column == columns - 1)
    word = column << 3 | first << 2 | (group == 0) << 1 | last
    return word.ravel()


def _changes(values: np.ndarray) -> np.ndarray:
    """Return the toggles from each value to the next."""
    return np.bitwise_count(values[1:] ^ values[:-1])


def _round_toggles(values: np.ndarray) -> int:
    """Return the toggles of a register that goes through some values and back to the first."""
    return int(_changes(np.append(values, values[0])).sum())
