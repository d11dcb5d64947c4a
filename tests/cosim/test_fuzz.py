import dataclasses

import numpy as np
import pytest

from cosim.compare import first_difference
from cosim.fuzz import MOST_FINDINGS, ROUND, SPARSE_SHARE, fuzz
from cosim.job import Pauses


@pytest.fixture
def run_fuzz(tmp_path):
    def run_fuzz(engines, *, cases=ROUND, seed=1, sparse=(), shrink_s=60):
        findings, told = [], []
        tally = fuzz(
            engines,
            cases=cases,
            seed=seed,
            scratch=tmp_path / "scratch",
            sparse=sparse,
            shrink_s=shrink_s,
            progress=lambda tally: told.append(tally.cases),
            found=findings.append,
        )
        assert told == [*range(1, tally.cases + 1)]
        assert not (tmp_path / "scratch").exists()
        return tally, findings

    return run_fuzz


def test_equal_engines_run_all_cases_and_slow_ones_their_share(run_fuzz, make_engine):
    engines = {name: make_engine() for name in ("a", "b", "slow")}
    tally, findings = run_fuzz(engines, cases=2 * ROUND + 1, sparse=("slow",))
    cases = 2 * ROUND + 1
    assert (tally.cases, tally.findings, findings) == (cases, 0, [])
    assert tally.runs == {"a": cases, "b": cases, "slow": 2 * SPARSE_SHARE + 1}
    assert tally.cycles > 2 * cases


def test_slow_engines_run_all_cases_if_fewer_than_two_others_remain(run_fuzz, make_engine):
    engines = {name: make_engine() for name in ("a", "slow")}
    tally, _ = run_fuzz(engines, sparse=("slow",))
    assert tally.runs == {"a": ROUND, "slow": ROUND}


def test_each_round_has_one_chip_and_all_engines_get_the_same_job(run_fuzz, make_engine):
    seen = {"a": [], "b": []}

    def sees(name):
        return make_engine(lambda job, run: seen[name].append(job) or run)

    run_fuzz({name: sees(name) for name in seen}, cases=2 * ROUND)
    for job, other in zip(*seen.values(), strict=True):
        assert job is other
    chips = [job.chip.macro for job in seen["a"]]
    assert chips == [chips[0]] * ROUND + [chips[ROUND]] * ROUND
    assert chips[0] != chips[ROUND]


def test_wrong_psum_is_found_and_shrunk_to_one_input(run_fuzz, make_engine, flips_a_psum):
    engines = {"a": make_engine(), "b": make_engine(), "c": make_engine(flips_a_psum)}
    tally, findings = run_fuzz(engines)
    assert tally.findings == len(findings) == 1
    (found,) = findings
    assert str(found.difference) == "psum of vector 0, output 0 is 1 on a and 0 on c"
    assert found.number == tally.cases - 1
    job = found.job
    assert job.inputs.tolist() == [[1]]
    assert not job.levels.any()
    assert (job.pauses, job.ideal) == (Pauses(), True)
    assert (job.chip.macro.rows, job.chip.macro.input_bits, job.chip.macro.outputs) == (1, 1, 1)
    outcomes = {name: engines[name].run(job, None) for name in ("a", "c")}
    assert first_difference(outcomes) == found.difference


def test_wrong_toggles_are_found(run_fuzz, make_engine):
    def counts_too_much(job, run):
        more = int(job.inputs.max() > 1)
        return dataclasses.replace(run, toggles=run.toggles | {"macro.b": 3 + more})

    _, (found, *_) = run_fuzz({"a": make_engine(), "b": make_engine(counts_too_much)})
    assert str(found.difference) == "toggle count of register 'macro.b' is 3 on a and 4 on b"
    assert found.job.inputs.tolist() == [[2]]


def test_exception_on_one_engine_is_found(run_fuzz, make_engine):
    def breaks(job, run):
        if len(job.inputs) > 2:
            raise KeyError("third vector")
        return run

    _, (found, *_) = run_fuzz({"a": make_engine(), "b": make_engine(breaks)})
    assert str(found.difference) == "outcome is a result on a and KeyError ('third vector') on b"
    assert found.job.inputs.tolist() == [[0], [0], [0]]


def test_exception_on_all_engines_is_no_difference(run_fuzz, make_engine):
    def stuck(job, run):
        raise TimeoutError("stuck")

    tally, findings = run_fuzz({"a": make_engine(stuck), "b": make_engine(stuck)})
    assert (tally.cases, tally.cycles, findings) == (ROUND, 0, [])


def test_missing_tool_ends_fuzzing(run_fuzz, make_engine):
    def missing(job, run):
        raise FileNotFoundError("Tool 'g++' was not found in PATH")

    with pytest.raises(FileNotFoundError, match="g\\+\\+"):
        run_fuzz({"a": make_engine(), "b": make_engine(missing)})


def test_fuzzing_stops_after_some_differences(run_fuzz, make_engine, flips_a_psum):
    engines = {"a": make_engine(), "b": make_engine(flips_a_psum)}
    tally, findings = run_fuzz(engines, cases=40 * ROUND, shrink_s=0)
    assert tally.findings == len(findings) == MOST_FINDINGS
    numbers = [found.number // ROUND for found in findings]
    assert numbers == [*range(numbers[0], numbers[0] + MOST_FINDINGS)]  # one of each round


def test_difference_that_comes_and_goes_is_told_as_it_was(run_fuzz, make_engine):
    jobs = []

    def wrong_once(job, run):
        jobs.append(job)
        return dataclasses.replace(run, conversions=-1) if len(jobs) == 1 else run

    _, (found,) = run_fuzz({"a": make_engine(), "b": make_engine(wrong_once)})
    assert found.job is jobs[0]
    assert str(found.difference).startswith("'conversions' is ")
    assert np.array_equal(found.job.inputs, jobs[0].inputs)
