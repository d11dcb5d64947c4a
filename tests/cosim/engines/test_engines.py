"""One list of cases for all engines: equal jobs give equal results."""

import numpy as np
import pytest

from cosim.engines import ENGINES, pysim
from cosim.job import Pauses
from hw_spec.timing import layer_cycles

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
    assert run.conversions == expected.conversions
    assert run.array_j == expected.array_j
    assert run.toggles == expected.toggles


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
