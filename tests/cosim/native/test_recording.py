"""What is recorded, held to the counts of every register bit and to the job itself."""

import numpy as np
import pytest

from cosim.build import design
from cosim.codes import convert_all
from cosim.engines import native
from cosim.job import Pauses
from cosim.native.batch import batch
from cosim.native.build import native_library
from cosim.native.library import Counting, macro_loop, recorded_places
from cosim.native.recording import BLOCK_WORDS, Behind, python_sink
from cosim.native.slices import turn_to_end


@pytest.fixture(params=["free", "paused"])
def job(request, make_chip, make_job):
    pauses = Pauses() if request.param == "free" else Pauses(inputs=0.4, psums=0.5, seed=2)
    return make_job(make_chip(), vectors=40, pauses=pauses)


@pytest.fixture
def rtl(job, build_dir):
    return design(job.chip.macro, build_dir)


@pytest.fixture
def places(rtl, build_dir):
    return recorded_places(native_library(rtl, build_dir), [*rtl.registers, *rtl.inputs])


@pytest.fixture
def record(places):
    """Return a sink, and the blocks it has taken: bits, cycles, first cycle."""
    blocks = []

    def take(bits, cycles, first_cycle, behind):
        assert behind is Behind.NOTHING
        unpacked = np.unpackbits(bits.view(np.uint8), axis=1, bitorder="little")
        blocks.append((unpacked, cycles, first_cycle))

    return python_sink(take, places.bits), blocks


def rows(blocks):
    return np.concatenate([bits[:, :cycles] for bits, cycles, _ in blocks], axis=1)


def values(recorded, places, name, bits):
    """Return a register or input in every cycle."""
    first = places.first[name]
    return (recorded[first : first + bits].astype(object).T << np.arange(bits)).sum(axis=1)


def test_every_register_bit_is_what_was_counted(job, rtl, places, record, build_dir, tmp_path):
    sink, blocks = record
    work = batch(job, convert_all(job).codes)
    with macro_loop(native_library(rtl, build_dir), work, Counting.CHANGES_AND_ONES) as loop:
        loop.begin_recording(sink)
        turn_to_end(loop, job=job)
        loop.end_recording()
        counts = loop.counts(rtl.registers)
    recorded = rows(blocks)
    assert recorded.shape[1] == counts.cycles
    for path, bits in rtl.registers.items():
        own = recorded[places.first[path] : places.first[path] + bits].astype(int)
        assert own.sum(axis=1).tolist() == counts.ones[path].tolist()
        assert np.abs(np.diff(own)).sum(axis=1).tolist() == counts.changes[path].tolist()


def test_blocks_follow_each_other_and_the_last_is_held(job, record, build_dir, tmp_path):
    sink, blocks = record
    native.run(job, tmp_path, build_dir=build_dir, sink=sink)
    full = 64 * BLOCK_WORDS
    assert [first for _, _, first in blocks] == [n * full for n in range(len(blocks))]
    assert [cycles for _, cycles, _ in blocks[:-1]] == [full] * (len(blocks) - 1)
    bits, cycles, _ = blocks[-1]
    assert 0 < cycles < full
    assert (bits[:, cycles:] == bits[:, cycles - 1 : cycles]).all()


def test_inputs_are_those_of_the_job(job, places, record, build_dir, tmp_path):
    sink, blocks = record
    native.run(job, tmp_path, build_dir=build_dir, sink=sink)
    recorded = rows(blocks)
    offered = values(recorded, places, "inputs__valid", 1).astype(bool)
    ready = values(recorded, places, "psums__ready", 1)
    beats = values(recorded, places, "inputs__payload", job.chip.macro.input_bits)
    # The first row of each vector is in the lowest bits of the first beat of the vector, of ten.
    sent = beats[offered]
    assert set(sent[:10].tolist()) <= set(job.inputs[0].tolist())
    assert not values(recorded, places, "rst", 1).any()
    assert ready.all() == (not job.pauses.psums)


@pytest.mark.parametrize(
    "window", [range(0, 1), range(63, 64), range(50, 203), range(100, 800)], ids=str
)
def test_window_is_a_part_of_the_whole(window, job, record, build_dir, tmp_path):
    sink, blocks = record
    native.run(job, tmp_path, build_dir=build_dir, sink=sink)
    whole = rows(blocks)
    blocks.clear()
    native.run(job, tmp_path, build_dir=build_dir, sink=sink, window=window)
    assert blocks[0][2] == window.start
    part = whole[:, window.start : window.stop]
    np.testing.assert_array_equal(rows(blocks), part)


def test_recording_does_not_change_the_run(job, record, build_dir, tmp_path):
    sink, _ = record
    plain = native.run(job, tmp_path, build_dir=build_dir)
    watched = native.run(job, tmp_path, build_dir=build_dir, sink=sink)
    np.testing.assert_array_equal(plain.psums, watched.psums)
    assert plain.toggles == watched.toggles
