"""The command that maps a macro to cells."""

import re

import pytest


def test_cells_of_a_macro_are_counted(ohmloop, small_chip, build_dir):
    result = ohmloop("netlist", "--chip", small_chip, "--build-dir", str(build_dir))
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
def test_library_that_cannot_be_read(ohmloop, small_chip, tmp_path, text, problem):
    path = tmp_path / "cells.lib"
    if text is not None:
        path.write_text(text)
    result = ohmloop("netlist", "--chip", small_chip, "--liberty", str(path))
    assert result.stderr == f"ohmloop: Liberty file '{path}' {problem}\n"
    assert result.returncode == 2


def test_cells_that_are_left_out_are_told(ohmloop, small_chip, build_dir):
    options = ("--chip", small_chip, "--build-dir", str(build_dir), "--dont-use")
    whole = ohmloop("netlist", *options, "none")
    assert "left out" not in whole.stdout
    found = ohmloop("netlist", *options, "*__maj3_1")
    assert found.returncode == 0, found.stderr
    assert "1 of 47 cells of the library were left out, as asked for, or " in found.stdout
    assert "of no use here: sky130_fd_sc_hd__maj3_1\n" in found.stdout
