"""Memories in Verilog are found, and left out of what is mapped."""

import dataclasses
import re

import pytest

from cosim.build import tile_design
from cosim.memories import memories
from energy.netlist.build import netlist
from energy.netlist.memories import cut
from energy.netlist.netlist import Bit
from hdl_gen.emit import CORE, PE_LOGIC
from hw_spec.chip import read_chip


@pytest.fixture(scope="module")
def tile(root):
    return read_chip(root / "chips" / "rram_taox_32nm.toml").tile_spec()


def test_memories_of_the_core_have_the_sizes_of_the_tile(tile, build_dir):
    found = {one.path: one for one in memories(tile_design(tile, build_dir, CORE))}
    sizes = {path: (one.words, one.width, len(one.writes)) for path, one in found.items()}
    half = (tile.half_words, tile.word_bits, tile.word)
    assert sizes["core.memory.even"] == sizes["core.memory.odd"] == half
    assert sizes["core.fetcher.walk.pieces"][0] == tile.table.pieces
    assert sizes["core.sequencer.program"] == (tile.table.program_words, 32, 1)
    assert len(sizes) == 6
    assert len({one.register for one in found.values()}) == 6


def test_macro_has_no_memory(gates_design):
    assert memories(gates_design) == ()
    text = gates_design.verilog.read_text()
    assert cut(text, ()) == text


def test_what_is_left_has_a_port_for_each_pin(make_case, sky130, build_dir):
    adc = {"bits": 5, "step": 2, "zero_code": 16}
    rtl = tile_design(make_case(adc).compiled.tile, build_dir, PE_LOGIC)
    (memory,) = memories(rtl)
    gates = netlist(rtl, sky130, build_dir, period_s=10e-9)
    read = [bit for bit in gates.inputs if bit.path == "scales.memory.read_data"]
    assert read == [Bit("scales.memory.read_data", n) for n in range(memory.width)]
    pins = {bit.path for bit in gates.outputs if bit.path.startswith("scales.memory.")}
    address = {"scales.memory.read_address", "scales.memory.write_address"}
    assert pins - {"scales.memory.write_parts"} == address | {
        "scales.memory.read",
        "scales.memory.write",
        "scales.memory.write_data",
    }
    assert {bit.path for bit in gates.flops.bits} <= {*rtl.registers}


FAULTS = {
    "two writes": (r"(    if \(.*\)\n      memory\[).*?(\] <= .*\n)", r"\g<0>\1data[0]\2"),
    "part of a word": (r"(memory\[.*\]) (<= written)", r"\1[23:0] \2"),
    "hole in a word": (r"(memory\[.*\]) (<= written)", r"\1[47:24] \2"),
    "no clock": (r"_0_ <= memory", r"_0_ = memory"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_memory_of_other_ports_is_refused(fault, tile, build_dir, tmp_path):
    rtl = tile_design(tile, build_dir, PE_LOGIC)
    text, count = re.subn(*FAULTS[fault], rtl.verilog.read_text())
    assert count == 1
    path = tmp_path / "changed.v"
    path.write_text(text)
    message = r"^Memory 'pe_logic\.scales\.memory' must have one port for writing and one for rea"
    with pytest.raises(ValueError, match=message):
        memories(dataclasses.replace(rtl, verilog=path))
