"""Macros that are awkward on purpose, and what Amaranth's simulator sees of them."""

import numpy as np
import pytest

from cosim.analog import AnalogService
from cosim.engines.pysim import simulate
from cosim.job import Pauses
from cosim.loop import macro_loop

MACROS = {
    "last row group smaller": {},
    "one row": {"rows": 1, "parallel_rows": 1, "input_bits": 4},
    "one column per lane": {"columns_per_adc": 1, "rows": 9, "parallel_rows": 9},
    "one lane": {"columns_per_adc": 12, "parallel_rows": 10},
    "last row beat not full": {"rows": 10, "parallel_rows": 10, "columns_per_adc": 1},
    "a vector in one beat": {"beat_rows": 10},
    "beats wider than needed": {"beat_rows": 4},
    "one bit plane": {"input_bits": 1, "parallel_rows": 5, "columns_per_adc": 4},
    "slow converter": {"adc": {"conversion_cycles": 4}},
    "psum beats with fields of no output": {
        "rows": 4,
        "parallel_rows": 4,
        "columns": 10,
        "columns_per_adc": 1,
    },
    "everything in one cycle": {
        "rows": 7,
        "parallel_rows": 7,
        "columns_per_adc": 1,
        "input_bits": 1,
    },
    "run ends before its steps": {
        "rows": 3,
        "parallel_rows": 3,
        "columns": 2,
        "columns_per_adc": 1,
        "input_bits": 1,
        "adc": {"conversion_cycles": 16},
    },
    "negative input correction": {
        "cell_bits": 3,
        "weight_bits": 4,
        "reference_level": 3,
        "adc": {"step": 3},
    },
    "differential pairs": {"encoding": "differential", "weight_bits": 4},
    "pairs in one cycle": {
        "encoding": "differential",
        "columns_per_adc": 1,
        "parallel_rows": 10,
        "input_bits": 1,
    },
    "sar": {"adc": {"kind": "sar"}},
    "sar of one conversion": {
        "rows": 3,
        "parallel_rows": 3,
        "columns_per_adc": 1,
        "input_bits": 1,
        "adc": {"kind": "sar", "bits": 5},
    },
    "sar of one bit": {"adc": {"kind": "sar", "bits": 1, "zero_code": 1}, "parallel_rows": 10},
    "no input correction": {"cell_bits": 3, "weight_bits": 3, "reference_level": 4},
    "positive input correction": {"reference_level": 0},
    "psums of many bits": {
        "rows": 5,
        "parallel_rows": 2,
        "columns": 4,
        "columns_per_adc": 2,
        "cell_bits": 8,
        "input_bits": 4,
        "weight_bits": 16,
        "adc": {"bits": 16, "step": 4096, "zero_code": 30000},
    },
}
PAUSES = {
    "free": Pauses(),
    "inputs": Pauses(inputs=0.5, seed=1),
    "psums": Pauses(psums=0.6, seed=2),
    "both": Pauses(inputs=0.4, psums=0.4, seed=3),
    "heavy": Pauses(inputs=0.9, psums=0.9, seed=4),
}


@pytest.fixture(params=MACROS)
def macro(request):
    """Fields of a macro."""
    return MACROS[request.param]


@pytest.fixture(params=PAUSES)
def pauses(request):
    return PAUSES[request.param]


@pytest.fixture(scope="session")
def _seen():
    return {}


@pytest.fixture
def observed(request, macro, pauses, make_chip, make_job, _seen):
    """Return a job, its result in Amaranth's simulator, and drives and senses of each cycle.

    Runs are kept, so that each is simulated once for all tests.
    """
    key = request.node.callspec.id
    if key not in _seen:
        job = make_job(make_chip(**macro), vectors=4, pauses=pauses)
        cycles = []

        def loop():
            inner = macro_loop(job, AnalogService(job))
            drive = next(inner)
            while True:
                sense = yield drive
                cycles.append((drive, sense))
                try:
                    drive = inner.send(sense)
                except StopIteration as stop:
                    return stop.value

        _seen[key] = job, simulate(job.chip, loop()), cycles
    return _seen[key]


@pytest.fixture(scope="session")
def assert_same():
    """Return a function that compares two results in everything."""

    def assert_same(run, expected):
        np.testing.assert_array_equal(run.psums, expected.psums)
        np.testing.assert_array_equal(run.done_cycles, expected.done_cycles)
        np.testing.assert_array_equal(run.code_counts, expected.code_counts)
        assert (run.psums.dtype, run.done_cycles.dtype) == (np.int64, np.int64)
        assert run.conversions == expected.conversions
        assert run.array_j == expected.array_j
        assert run.toggles == expected.toggles

    return assert_same
