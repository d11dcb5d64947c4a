"""What the tests of all components share: small macros, and a clock that stops."""

import pytest
from amaranth.sim import Simulator

from hw_spec.macro import AdcSpec, MacroSpec

LIMIT = 20_000  # cycles; a lost transfer fails instead of hanging


@pytest.fixture(scope="session")
def macro_spec():
    """Return a function that makes a small macro; fields are changed by name."""

    def make(adc=None, **changed):
        fields = {
            "rows": 5,
            "columns": 4,
            "parallel_rows": 2,
            "columns_per_adc": 2,
            "cell_bits": 1,
            "input_bits": 3,
            "weight_bits": 2,
            "reference_level": 0,
        }
        adc = AdcSpec(**{"bits": 3, "step": 1, "zero_code": 0} | (adc or {}))
        return MacroSpec(**fields | changed, adc=adc)

    return make


@pytest.fixture(scope="session")
def run_bench():
    """Return a function that runs a component until the bench given ends."""

    def run(dut, bench):
        simulator = Simulator(dut)
        simulator.add_clock(1e-8)
        simulator.add_testbench(bench)
        for _ in range(2 * LIMIT):  # two edges per cycle
            if not simulator.advance():
                return
        raise TimeoutError(f"Bench of {type(dut).__name__} did not end within {LIMIT} cycles")

    return run
