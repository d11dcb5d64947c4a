"""The compiled loop: what it must notice, and what it must refuse."""

import re

import numpy as np
import pytest

from cosim.build import Design, design
from cosim.engines import native
from cosim.native.library import run_macro


@pytest.fixture
def job(make_chip, make_job):
    return make_job(make_chip())


@pytest.fixture
def broken(job, monkeypatch, build_dir, tmp_path):
    """Make the engine run Verilog in which a text was replaced."""

    def broken(module, pattern, replacement):
        rtl = design(job.chip.macro, build_dir)
        text = rtl.verilog.read_text()
        head, name, rest = text.partition(f"module \\macro.{module} ")
        body, end, tail = rest.partition("endmodule")
        body, count = re.subn(pattern, replacement, body)
        assert count == 1
        path = tmp_path / "macro.v"
        path.write_text(head + name + body + end + tail)
        other = Design(
            verilog=path,
            rtl_hash=f"{rtl.rtl_hash}, {module}, {replacement}",
            ports=rtl.ports,
            registers=rtl.registers,
        )
        monkeypatch.setattr(native, "design", lambda *_: other)

    return broken


PLACE = "conversion of vector 0, bit plane 2, row group 0, column"
FAULTS = {
    "drive": ("switch_matrix", r"row_drive <= (.*);", r"row_drive <= \1 ^ 8;"),
    "ready": ("row_registers", r"assign inputs__ready = .*;", "assign inputs__ready = 1;"),
    "select": (
        "column_decoder",
        r"column_select <= (.*);",
        r"column_select <= (\1 == 4) ? 2 : \1;",
    ),
    "sample": ("adc", r"armed <= .*;", "armed <= 0;"),
    "valid": ("slice_combine", r"psums__valid <= .*;", "psums__valid <= 1;"),
}
# Cycles by hand: 10 row beats, so samples from cycle 12 on; 27 cycles per vector.
MESSAGES = {
    "drive": r"12: row drive must be \w+, not \w+ \(highest differing bit 3; " + PLACE + " 0;",
    "ready": r"20: inputs ready must be 0x0, not 0x1 \(",
    "select": r"14: column select must be 0x4, not 0x2 \(highest differing bit 2; " + PLACE + " 2;",
    "sample": r"12: sample must be 0x1, not 0x0 \(",
    "valid": r"0: psums valid must be 0x0, not 0x1 \(",
}


@pytest.mark.parametrize(
    "fault", ["drive", *(pytest.param(fault, marks=pytest.mark.long) for fault in [*FAULTS][1:])]
)
def test_first_difference_is_told_and_gives_no_result(fault, job, broken, tmp_path, build_dir):
    broken(*FAULTS[fault])
    message = rf"^RTL of macro 0 differs from the prediction in cycle {MESSAGES[fault]}"
    with pytest.raises(RuntimeError, match=message):
        native.run(job, tmp_path, build_dir=build_dir)


def test_waves_are_refused(job, tmp_path, build_dir):
    with pytest.raises(
        ValueError,
        match=r"^Engine 'native' leaves no waveform; run the same on engine 'cocotb'$",
    ):
        native.run(job, tmp_path, build_dir=build_dir, waves=tmp_path / "waves.vcd")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 2), np.int32), "of uint32, not int32"),
        (np.zeros((4, 4), np.uint32)[:, ::2], "of uint32, not uint32"),
    ],
)
def test_wrong_buffers_are_refused_before_the_library_is_entered(array, message, tmp_path):
    with pytest.raises(TypeError, match=rf"^Array 'codes' must be contiguous and {message}$"):
        run_macro(tmp_path / "missing.so", {}, {"codes": array})
