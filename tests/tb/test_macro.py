"""The bench under cocotb-test, as users of pytest would call it."""

import shutil

import numpy as np
import pytest
from cocotb_test.simulator import run

from cosim.build import WARNINGS, design
from cosim.engines import pysim
from cosim.exchange import load_outcome, save_job
from cosim.job import Pauses
from cosim.toolchain import environment, find_verilator
from hdl_gen.emit import TOP

# Yosys writes Verilog-2005, in which giving a register its first value is an event.
FLAGS = {"verilator": list(WARNINGS), "icarus": ["-g2005"]}


@pytest.fixture
def simulate(monkeypatch, build_dir, tmp_path):
    """Run a job under cocotb-test, which finds its tools in the environment of its caller."""
    for name, value in environment(find_verilator(build_dir)).items():
        monkeypatch.setenv(name, value)

    def simulate(job, simulator="verilator"):
        monkeypatch.setenv("SIM", simulator)
        save_job(tmp_path / "job.npz", job)
        rtl = design(job.chip.macro, build_dir)
        run(
            toplevel=TOP,
            module="tb.macro",
            verilog_sources=[str(rtl.verilog)],
            compile_args=FLAGS[simulator],
            plus_args=[f"+job={tmp_path / 'job.npz'}", f"+outcome={tmp_path / 'outcome.npz'}"],
            timescale="1ns/1ps",
            sim_build=str(tmp_path / "sim"),
        )
        return load_outcome(tmp_path / "outcome.npz")

    return simulate


def test_bench_equals_pysim_and_fails_where_the_macro_is_stuck(
    simulate, make_chip, make_job, tmp_path, build_dir
):
    job = make_job(make_chip(), pauses=Pauses(inputs=0.4, psums=0.4, seed=2))
    outcome = simulate(job)
    expected = pysim.run(job, tmp_path, build_dir=build_dir)
    np.testing.assert_array_equal(outcome.psums, expected.psums)
    np.testing.assert_array_equal(outcome.done_cycles, expected.done_cycles)

    with pytest.raises(SystemExit, match=r"^FAILED 1 tests\.$"):
        simulate(make_job(make_chip(), pauses=Pauses(psums=1.0)))
    with pytest.raises(TimeoutError, match=r"^Macro made no progress in 1028 cycles"):
        load_outcome(tmp_path / "outcome.npz")


@pytest.mark.skipif(not shutil.which("iverilog"), reason="Icarus Verilog is not installed")
def test_second_simulator_agrees(simulate, make_chip, make_job, tmp_path, build_dir):
    job = make_job(make_chip(), pauses=Pauses(inputs=0.4, psums=0.4, seed=2))
    outcome = simulate(job, "icarus")
    expected = pysim.run(job, tmp_path, build_dir=build_dir)
    np.testing.assert_array_equal(outcome.psums, expected.psums)
    np.testing.assert_array_equal(outcome.done_cycles, expected.done_cycles)
