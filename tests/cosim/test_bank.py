import re
from dataclasses import replace

import numpy as np
import pytest

from cosim.analog import AnalogService
from cosim.bank import AnalogBank
from hw_spec.port import pack


@pytest.fixture(name="jobs")
def _jobs(make_chip, make_job):
    job = make_job(make_chip(adc={"kind": "sar"}))
    return [replace(job, macro=macro) for macro in range(3)]


def test_answers_are_those_of_a_service_per_macro(jobs):
    spec, bank = jobs[0].chip.macro, AnalogBank(jobs)
    services, rng = [AnalogService(job) for job in jobs], np.random.default_rng(1)
    for turn in range(40):
        asking = np.flatnonzero(rng.integers(0, 2, 3)) if turn else np.arange(3)
        for macro in asking.tolist():
            lines = {
                "row_drive": int(rng.integers(0, 2**spec.rows)),
                "word_lines": 2**spec.rows - 1,
                "column_select": 1 << int(rng.integers(0, spec.columns_per_adc)),
            }
            bank.hold(macro, **lines)
            services[macro].hold(**lines)
        for _ in range(spec.adc.bits):
            trials = rng.integers(0, 2**spec.adc.bits, (len(asking), spec.lanes))
            decided = bank.decide(asking, trials)
            for macro, codes, reached in zip(asking, trials, decided, strict=True):
                word = services[macro].decide(pack(codes.tolist(), spec.adc.bits))
                assert word == pack(reached.tolist(), 1)
    for one, other in zip(bank.services, services, strict=True):
        assert (one.conversions, one.array_j) == (other.conversions, other.array_j)


def test_macro_that_asks_once_too_often(jobs):
    bank = AnalogBank(jobs)
    message = "Comparators must be asked 4 times per sample, not once more (macro 2 of the bank)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        bank.decide(np.array([2]), np.zeros((1, 4), dtype=int))


def test_macros_of_different_kinds(jobs, make_chip, make_job):
    with pytest.raises(ValueError, match=r"^Macros of a bank must be of one chip and all ideal or"):
        AnalogBank([jobs[0], replace(jobs[1], ideal=True)])
    with pytest.raises(ValueError, match=r"^Converters of a bank must be 'sar', not 'flash'$"):
        AnalogBank([make_job(make_chip())])
