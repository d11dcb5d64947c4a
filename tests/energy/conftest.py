import numpy as np
import pytest

from cosim.build import design, tile_design
from cosim.engines import native
from cosim.job import Pauses
from cosim.native.build import native_library
from cosim.native.library import recorded_places
from cosim.native.recording import python_sink
from energy.liberty import SKY130, read_liberty
from energy.netlist.build import netlist
from energy.replay.tile import TileNetlists
from hdl_gen.emit import CORE, PE_LOGIC

PERIOD_S = 10e-9


@pytest.fixture(scope="session")
def sky130():
    return read_liberty(SKY130)


@pytest.fixture(scope="session")
def gates_job(make_chip, make_job):
    """A job of awkward length, with pauses."""
    pauses = Pauses(inputs=0.4, psums=0.5, seed=2)
    return make_job(make_chip(), vectors=40, pauses=pauses)


@pytest.fixture(scope="session")
def gates_design(gates_job, build_dir):
    return design(gates_job.chip.macro, build_dir)


@pytest.fixture(scope="session")
def gates(gates_design, sky130, build_dir):
    """The macro of that job, mapped, its clocks gated."""
    return netlist(gates_design, sky130, build_dir, period_s=PERIOD_S)


@pytest.fixture(scope="session")
def places(gates_design, build_dir):
    names = [*gates_design.registers, *gates_design.inputs]
    return recorded_places(native_library(gates_design, build_dir), names)


@pytest.fixture(scope="session")
def recorded(gates_job, places, build_dir, tmp_path_factory):
    """Every bit in every cycle of the job: bool, shape (recorded rows, cycles)."""
    blocks = []

    def take(bits, cycles, first_cycle, behind):
        assert first_cycle == sum(block.shape[1] for block in blocks)
        blocks.append(unpacked(bits)[:, :cycles])

    folder = tmp_path_factory.mktemp("recorded")
    native.run(gates_job, folder, build_dir=build_dir, sink=python_sink(take, places.bits))
    return np.concatenate(blocks, axis=1)


def unpacked(bits):
    return np.unpackbits(bits.view(np.uint8), axis=1, bitorder="little").astype(bool)


def packed(rows):
    """Return words of 64 cycles, filled up with the last one."""
    held = np.repeat(rows[:, -1:], -rows.shape[1] % 64, axis=1)
    bits = np.packbits(np.concatenate([rows, held], axis=1), axis=1, bitorder="little")
    return np.ascontiguousarray(bits).view(np.uint64)


@pytest.fixture(scope="session")
def blocks_of():
    """Return a function that cuts recorded cycles into blocks of some words, as sinks take them."""

    def blocks(rows, words, first_cycle=0):
        for low in range(0, rows.shape[1], 64 * words):
            part = rows[:, low : low + 64 * words]
            block = packed(part)
            missing = words - block.shape[1]
            filled = np.where(block[:, -1:] >> np.uint64(63), ~np.uint64(0), np.uint64(0))
            block = np.concatenate([block, np.repeat(filled, missing, axis=1)], axis=1)
            yield np.ascontiguousarray(block), part.shape[1], first_cycle + low

    return blocks


@pytest.fixture(scope="session")
def tile_case(make_case):
    """The small network on a small tile."""
    return make_case({"bits": 5, "step": 2, "zero_code": 16})


@pytest.fixture(scope="session")
def tile_netlists(tile_case, sky130, build_dir):
    """The parts of that tile, mapped."""
    tile = tile_case.compiled.tile
    macro, logic, core = (
        netlist(one, sky130, build_dir, period_s=PERIOD_S)
        for one in (
            design(tile.macro, build_dir),
            tile_design(tile, build_dir, PE_LOGIC),
            tile_design(tile, build_dir, CORE),
        )
    )
    return TileNetlists(macro=macro, pe_logic=logic, core=core)
