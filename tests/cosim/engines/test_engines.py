"""One list of cases for all engines: equal jobs give equal results."""

import dataclasses

import numpy as np
import pytest

from cosim.engines import ENGINES, pysim
from cosim.job import Pauses, Timetable
from hw_spec.timing import layer_cycles, settled_cycles

SLOW_ADC = {"adc": {"bits": 6, "step": 2, "zero_code": 20, "conversion_cycles": 3}}
WIDE = {"rows": 33, "columns": 40, "parallel_rows": 33, "columns_per_adc": 1, "input_bits": 1}
CASES = {
    "free": ({}, Pauses()),
    "paused": ({}, Pauses(inputs=0.5, psums=0.6, seed=3)),
    "slow-adc": (SLOW_ADC, Pauses(psums=0.8, seed=4)),
    "one-cycle": (WIDE, Pauses()),
    "sar": ({"adc": {"kind": "sar"}}, Pauses()),
    "sar-paused": (
        {"adc": {"kind": "sar"}, "encoding": "differential", "columns_per_adc": 1, "input_bits": 1},
        Pauses(inputs=0.3, psums=0.6, seed=6),
    ),
    "pairs": ({"encoding": "differential"}, Pauses(inputs=0.3, psums=0.3, seed=5)),
    "one-beat": ({"beat_rows": 10}, Pauses(inputs=0.9, psums=0.4, seed=7)),
}


@pytest.fixture(params=CASES, name="case")
def _case(request, make_chip, make_job):
    macro, pauses = CASES[request.param]
    return make_job(make_chip(**macro), pauses=pauses)


@pytest.mark.parametrize("engine", sorted(ENGINES.keys() - {"pysim"}))
def test_equals_pysim(case, engine, tmp_path, build_dir):
    expected = pysim.run(case, tmp_path, build_dir=build_dir)
    run = ENGINES[engine].run(case, tmp_path, build_dir=build_dir)
    np.testing.assert_array_equal(run.psums, expected.psums)
    np.testing.assert_array_equal(run.done_cycles, expected.done_cycles)
    np.testing.assert_array_equal(run.code_counts, expected.code_counts)
    assert run.conversions == expected.conversions
    assert run.array_j == expected.array_j
    assert run.toggles == expected.toggles


WORDS = {"beat_rows": 10}
TIMED = {
    "back to back": (WORDS, [0, 0, 27, 26]),
    "late loads": (WORDS, [0, 26, 26, 26]),
    "gaps": (WORDS, [0, 0, 30, 200]),
    "sar": (WORDS | {"adc": {"kind": "sar"}}, [0, 130, 0, 0]),
    "slow-adc": (WORDS | SLOW_ADC, [0, 0, 0, 7]),
}


def timed(job, waits):
    """Return a job whose vectors start at once, or as many cycles later as its waits say."""
    spec = job.chip.macro
    loads, starts = [], []
    for vector in range(len(job.inputs)):
        wait = waits[vector % len(waits)]
        loads.append((starts[-1] if starts else 3) + min(wait, spec.cycles_per_vector - 1))
        due = starts[-1] + spec.cycles_per_vector if starts else 0
        starts.append(max(loads[-1] + 1, due + max(0, wait - 26)))
    table = Timetable(
        loads=np.array(loads), starts=np.array(starts), cycles=starts[-1] + settled_cycles(spec)
    )
    return dataclasses.replace(job, timetable=table)


@pytest.mark.parametrize("engine", sorted(ENGINES.keys() - {"pysim", "closed"}))
@pytest.mark.parametrize("case", TIMED)
def test_timetable_gives_the_same_on_every_engine(
    case, engine, make_chip, make_job, tmp_path, build_dir
):
    macro, waits = TIMED[case]
    job = timed(make_job(make_chip(**macro)), waits)
    expected = pysim.run(job, tmp_path, build_dir=build_dir)
    run = ENGINES[engine].run(job, tmp_path, build_dir=build_dir)
    np.testing.assert_array_equal(run.psums, expected.psums)
    np.testing.assert_array_equal(run.done_cycles, expected.done_cycles)
    np.testing.assert_array_equal(run.code_counts, expected.code_counts)
    assert run.toggles == expected.toggles


def test_timetable_is_refused_by_the_closed_loop(make_chip, make_job, tmp_path, build_dir):
    job = timed(make_job(make_chip(**WORDS)), [0])
    message = "^Engine 'closed' keeps no timetable; run the same on engine 'native'$"
    with pytest.raises(ValueError, match=message):
        ENGINES["closed"].run(job, tmp_path, build_dir=build_dir)


def test_macro_is_at_rest_when_a_timetable_may_end(make_chip, make_job, tmp_path, build_dir):
    job = timed(make_job(make_chip(**WORDS)), [0])
    table = job.timetable
    longer = dataclasses.replace(table, cycles=table.cycles + 50)
    runs = [
        pysim.run(dataclasses.replace(job, timetable=one), tmp_path, build_dir=build_dir)
        for one in (table, longer)
    ]
    assert runs[0].toggles == runs[1].toggles


def test_free_run_takes_the_predicted_cycles(make_chip, make_job, tmp_path, build_dir):
    job = make_job(make_chip(), vectors=7)
    run = pysim.run(job, tmp_path, build_dir=build_dir)
    assert run.cycles == layer_cycles(job.chip.macro, 7)
    assert run.conversions == 7 * 3 * 3 * 3  # vectors, bit planes, row groups, columns per ADC


def test_noise_does_not_depend_on_pauses(make_chip, make_job, tmp_path, build_dir):
    chip = make_chip()
    free = pysim.run(make_job(chip), tmp_path, build_dir=build_dir)
    held = pysim.run(make_job(chip, pauses=Pauses(psums=0.9)), tmp_path, build_dir=build_dir)
    np.testing.assert_array_equal(free.psums, held.psums)
    assert held.cycles > free.cycles


@pytest.mark.parametrize("engine", ENGINES)
def test_stuck_run_stops_and_tells_what_it_waited_for(
    engine, make_chip, make_job, tmp_path, build_dir
):
    job = make_job(make_chip(), pauses=Pauses(psums=1.0))
    message = (
        r"^Macro made no progress in 1028 cycles while waiting for a row beat to be taken "
        r"\(0 of 12 vectors done, cycle \d+\); sequencer: loaded 1, converting 1, finished 1, "
        r"draining 1, plane \d, group \d, column \d$"
    )
    with pytest.raises(TimeoutError, match=message):
        ENGINES[engine].run(job, tmp_path, build_dir=build_dir)


LIMIT = {
    "native": r" \(0 of 12 vectors done, cycle 0\)",
    "closed": r" \(0 of 12 vectors done, cycle \d+\)",
    "pysim": r" \(0 of 12 vectors done, cycle 0\)",
    "twin": r" \(0 of 12 vectors done, cycle 0\)",
    "cocotb": r"; it printed to '.*\.log'",
    "pyverilator": r"; it printed to '.*\.log'",
}


@pytest.mark.parametrize("engine", ENGINES)
def test_run_ends_at_its_wall_clock_limit(engine, make_chip, make_job, tmp_path, build_dir):
    job = make_job(make_chip())
    message = rf"^Simulation of macro 0 (of 'small' )?did not end within 0 s{LIMIT[engine]}$"
    with pytest.raises(TimeoutError, match=message):
        ENGINES[engine].run(job, tmp_path, build_dir=build_dir, limit_s=0)


@pytest.mark.parametrize("engine", sorted(ENGINES.keys() - {"native"}))
def test_window_is_refused(engine, make_chip, make_job, tmp_path, build_dir):
    with pytest.raises(ValueError, match=rf"^Engine '{engine}' must watch the whole run, not only"):
        ENGINES[engine].run(
            make_job(make_chip()), tmp_path, build_dir=build_dir, window=range(1, 2)
        )


@pytest.mark.parametrize("engine", sorted(ENGINES.keys() - {"twin", "closed"}))
def test_waves_hold_the_ports_of_the_macro(engine, make_chip, make_job, tmp_path, build_dir):
    waves = tmp_path / "waves.vcd"
    job = make_job(make_chip(), vectors=2)
    ENGINES[engine].run(job, tmp_path, build_dir=build_dir, waves=waves)
    header = waves.read_text().partition("$enddefinitions")[0]
    for port in ("row_drive", "column_select", "psums__payload"):
        assert port in header
