"""The command that maps a macro to cells."""

import re

import pytest

CHIP = """
name = "small"
source = "none, for tests"
device = "taox_hfox_iedm19"
node_nm = 32
clock_period_s = { value = 10e-9, source = "assumed: test" }
read_v = { value = 0.2, source = "assumed: test" }

[macro]
rows = 4
columns = 4
parallel_rows = 4
columns_per_adc = 2
cell_bits = 2
input_bits = 2
weight_bits = 2
reference_level = 2
adc = { bits = 3, step = 1, zero_code = 4 }
"""


@pytest.fixture
def chip(tmp_path):
    path = tmp_path / "chip.toml"
    path.write_text(CHIP)
    return str(path)


def test_cells_of_a_macro_are_counted(ohmloop, chip, build_dir):
    result = ohmloop("netlist", "--chip", chip, "--build-dir", str(build_dir))
    assert result.returncode == 0, result.stderr
    rows = re.findall(r"│ ([\w-]+(?: \w+)?) +│ +([\d,]+) │ +([\d,]+) │ +([\d.]+)%", result.stdout)
    numbers = {name: int(number) for name, number, *_ in rows}
    cells = [n for name, n in numbers.items() if name.startswith("sky130") or "others" in name]
    assert sum(cells) == numbers["all"]
    assert numbers["flip-flops"] == numbers["sky130_fd_sc_hd__dfxtp_1"] > 20
    assert numbers["clock gates"] > 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "cannot be read: No such file or directory"),
        ("cells", "must be well formed, but it ends early"),
    ],
)
def test_library_that_cannot_be_read(ohmloop, chip, tmp_path, text, problem):
    path = tmp_path / "cells.lib"
    if text is not None:
        path.write_text(text)
    result = ohmloop("netlist", "--chip", chip, "--liberty", str(path))
    assert result.stderr == f"ohmloop: Liberty file '{path}' {problem}\n"
    assert result.returncode == 2
