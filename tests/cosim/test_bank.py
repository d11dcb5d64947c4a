from dataclasses import replace

import numpy as np
import pytest

from cosim.analog import AnalogService
from cosim.bank import AnalogBank
from hw_spec.port import pack

KINDS = {
    "flash": {},
    "sar": {"adc": {"kind": "sar"}},
    "pairs-sar": {"adc": {"kind": "sar"}, "encoding": "differential"},
}


@pytest.fixture(name="jobs", params=KINDS)
def _jobs(request, make_chip, make_job):
    job = make_job(make_chip(**KINDS[request.param]))
    return [replace(job, macro=macro, seed=9 - macro) for macro in range(3)]


def test_answers_do_not_depend_on_the_company(jobs):
    spec, bank = jobs[0].chip.macro, AnalogBank(jobs)
    services, rng = [AnalogService(job) for job in jobs], np.random.default_rng(1)
    for turn in range(600):  # more than two blocks of noise
        asking = np.flatnonzero(rng.integers(0, 2, 3)) if turn else np.arange(3)
        drive = rng.integers(0, 2, (len(asking), spec.rows))
        columns = rng.integers(0, spec.columns_per_adc, len(asking))
        lines = [
            {"row_drive": pack(rows, 1), "word_lines": 2**spec.rows - 1, "column_select": 1 << n}
            for rows, n in zip(drive.tolist(), columns.tolist(), strict=True)
        ]
        asked = [services[macro] for macro in asking]
        if spec.adc.kind == "flash":
            codes = bank.convert(asking, drive, columns).tolist()
            alone = [one.answer(**port) for one, port in zip(asked, lines, strict=True)]
            assert alone == [pack(lanes, spec.adc.bits) for lanes in codes]
            continue
        bank.hold(asking, drive, columns)
        for one, port in zip(asked, lines, strict=True):
            one.hold(**port)
        for _ in range(spec.adc.bits):
            trials = rng.integers(0, 2**spec.adc.bits, (len(asking), spec.lanes))
            decided = bank.decide(asking, trials).tolist()
            words = [pack(lanes, spec.adc.bits) for lanes in trials.tolist()]
            alone = [one.decide(word) for one, word in zip(asked, words, strict=True)]
            assert alone == [pack(lanes, 1) for lanes in decided]
    assert bank.conversions.tolist() == [one.conversions for one in services]
    assert [bank.array_j(n) for n in range(3)] == [one.array_j for one in services]
    counts = [one.code_counts for one in services]
    np.testing.assert_array_equal(bank.code_counts, counts)
    assert np.sum(counts, axis=1).tolist() == [spec.lanes * one.conversions for one in services]


def test_macro_that_asks_once_too_often(make_chip, make_job):
    job = make_job(make_chip(adc={"kind": "sar"}))
    bank = AnalogBank([job, replace(job, macro=7)])
    message = (
        r"Comparators must be asked 4 times per sample, not once more \(macro 7, conversion 0\)"
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        bank.decide(np.array([1]), np.zeros((1, 4), dtype=int))


def test_macros_of_different_kinds(jobs):
    with pytest.raises(
        ValueError, match=r"^Macros of a bank must be of one chip, and alike in what is"
    ):
        AnalogBank([jobs[0], replace(jobs[1], ideal=True)])
