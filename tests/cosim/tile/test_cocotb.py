"""A whole tile under cocotb against the compiled model and the functional run."""

import dataclasses
import re

import numpy as np
import pytest

from cosim.native.tile import Action
from cosim.tile import cocotb, flat
from cosim.tile.batch import tile_batch
from cosim.tile.cocotb import run_cocotb
from cosim.tile.cycles import network_cycles
from cosim.tile.flat import run_flat
from hw_spec.host import LOG_WORDS, Event

ADCS = {
    "flash": {"bits": 5, "step": 2, "zero_code": 16},
    "slow": {"bits": 5, "step": 2, "zero_code": 16, "conversion_cycles": 2},
    "sar": {"kind": "sar", "bits": 4, "step": 4, "zero_code": 8},
}
LONG = [pytest.param(adc, marks=pytest.mark.long) for adc in ("slow", "sar")]


@pytest.fixture
def run_both(build_dir, tmp_path):
    """Return a function that runs a case on both, which may fail, and gives the outcomes."""

    def run_both(case, jobs):
        parts, outcomes = (case.compiled, case.images, jobs), []
        for run, options in ((run_cocotb, {"work_dir": tmp_path}), (run_flat, {})):
            try:
                outcomes.append(run(*parts, build_dir=build_dir, **options))
            except (RuntimeError, TimeoutError) as error:
                outcomes.append(f"{type(error).__name__}: {error}")
        return outcomes

    return run_both


@pytest.mark.parametrize("adc", ["flash", *LONG])
def test_cocotb_equals_flat_equals_functional(adc, make_case, run_steps, run_both):
    case = make_case(ADCS[adc])
    steps, jobs = run_steps(case)
    run, other = run_both(case, jobs)
    np.testing.assert_array_equal(run.outputs, steps[-1].output)
    np.testing.assert_array_equal(run.outputs, other.outputs)
    np.testing.assert_array_equal(run.log, other.log)
    np.testing.assert_array_equal(run.run_cycles, other.run_cycles)
    assert run.simulated_cycles == other.simulated_cycles
    assert run.toggles == other.toggles

    predicted = network_cycles(case.compiled)
    assert run.run_cycles.tolist() == [predicted.cycles] * len(case.images)
    assert run.log.shape == (len(case.images), len(steps), LOG_WORDS)
    per_step = np.diff(run.log[:, :, Event.CYCLES], prepend=0)
    assert per_step.tolist() == [[step.cycles for step in predicted.steps]] * len(case.images)
    per_pe = case.compiled.tile.table.macros_per_pe
    for step in steps:
        for number, alone in step.macros.items():
            path = f"tile.pe_{number // per_pe}.macro_{number % per_pe}"
            for register, toggles in alone.toggles.items():
                assert run.toggles[path + register.removeprefix("macro")] == toggles


def test_waveform_is_kept_if_wanted(make_case, run_steps, build_dir, tmp_path):
    case = make_case(ADCS["flash"], images=1)
    _, jobs = run_steps(case)
    places = {"work_dir": tmp_path, "build_dir": build_dir}
    plain = run_cocotb(case.compiled, case.images, jobs, **places)
    assert not list(tmp_path.glob("*.vcd"))
    waves = tmp_path / "waves.vcd"
    run = run_cocotb(case.compiled, case.images, jobs, waves=waves, **places)
    assert run.toggles == plain.toggles
    head, _, changes = waves.read_text().partition("$enddefinitions")
    for signal in ("irq", "host__request", "analog_5__sample", "row_drive", "chain_sums_valid"):
        assert f" {signal} " in head
    # By hand: one cycle of reset, all others, and half of the last.
    times = [int(time) for time in re.findall("^#([0-9]+)$", changes, re.M)]
    assert times[-1] == (1 + run.simulated_cycles) * 10_000 + 5_000


@pytest.fixture
def changed(monkeypatch):
    """Return a function that changes what both engines are given."""

    def changed(change):
        def other_batch(*parts):
            return change(tile_batch(*parts))

        for engine in (cocotb, flat):
            monkeypatch.setattr(engine, "tile_batch", other_batch)

    return changed


def feed_changed(number, **arrays):
    """Return a change of the feed of a macro: a function of each array."""

    def change(batch):
        feeds = list(batch.feeds)
        members = {name: get(getattr(feeds[number], name)) for name, get in arrays.items()}
        feeds[number] = dataclasses.replace(feeds[number], **members)
        return dataclasses.replace(batch, feeds=feeds)

    return change


def flipped(place):
    def flip(array):
        array = array.copy()
        array[place] ^= 8
        return array

    return flip


# By hand: 8 bit planes of 2 row groups, so 16 reads or 64 conversions per vector. Macro 2 is the
# first of PE 1, the second of the chain. Read 21 is the sixth of vector 1; codes of the first layer
# decide on the drives of the second one, on macro 4.
WRONG = {
    "drive": (
        feed_changed(2, drives=flipped(21)),
        r"row drive of layer 'first', PE 1, macro 0, vector 1, conversion 20 must be 0x\w+, not",
    ),
    "word lines": (
        feed_changed(0, word_lines=flipped(0)),
        r"word lines of layer 'first', PE 0, macro 0, vector 0, conversion 0 must be 0xf7, not",
    ),
    "codes": (
        feed_changed(0, answers=lambda codes: codes ^ 31),
        r"row drive of layer 'second', PE 2, macro \d, vector 0, conversion \d+ must be",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_first_difference_is_told(wrong, make_case, run_steps, run_both, changed):
    case = make_case(ADCS["flash"])
    _, jobs = run_steps(case)
    change, message = WRONG[wrong]
    changed(change)
    told, other = run_both(case, jobs)
    start = r"^RuntimeError: RTL of the tile differs from the prediction in cycle \d+: "
    assert re.search(start + message, told)
    assert told == other


def test_sample_too_many_and_one_that_is_missing(make_case, run_steps, run_both):
    case = make_case(ADCS["flash"])
    _, jobs = run_steps(case)
    fewer = {number: job for number, job in jobs.items() if number != 1}
    told, other = run_both(case, fewer)
    assert told == other
    assert "sample of layer 'first', PE 0, macro 1, vector 0, conversion 0 must be 0x0" in told
    told, other = run_both(case, jobs | {3: jobs[2]})
    assert told == other
    assert "missing of layer 'first', PE 1, macro 1, vector 0, conversion 0 must be 0x1" in told


def test_wait_for_an_interrupt_has_a_limit(make_case, run_steps, run_both, changed):
    case = make_case(ADCS["flash"])
    _, jobs = run_steps(case)
    waits = np.array([[Action.AWAIT, 0, 0, 0]], dtype=np.uint32)
    changed(lambda batch: dataclasses.replace(batch, script=waits, patience_cycles=50))
    told, other = run_both(case, jobs)
    assert told == other
    assert told == (
        "TimeoutError: Tile made no progress while its host waited for an interrupt "
        "(0 host accesses done, cycle 51)"
    )


def test_run_ends_at_its_wall_clock_limit(make_case, run_steps, build_dir, tmp_path):
    case = make_case(ADCS["flash"], images=1)
    _, jobs = run_steps(case)
    message = r"^Simulation of the tile did not end within 0 s; it printed to '.*\.log'$"
    with pytest.raises(TimeoutError, match=message):
        run_cocotb(
            case.compiled, case.images, jobs, work_dir=tmp_path, build_dir=build_dir, limit_s=0
        )
