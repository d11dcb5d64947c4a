"""OutputScales, in Amaranth's own simulator, against what was written."""

import random

import pytest

from hdl_gen.output_scales import OutputScales
from hw_spec.host import PeWord
from hw_spec.port import unpack
from hw_spec.tile import BIAS_BITS, MULTIPLIER_BITS

SIZES = {
    "one output": {"columns": 2, "columns_per_adc": 2},
    "one beat of three lanes": {"columns": 6, "columns_per_adc": 1, "parallel_rows": 4}
    | {"input_bits": 1},
    # by hand: 7 outputs in 2 cycles of a vector, so 4 and 3
    "short last beat": {
        "rows": 8,
        "columns": 14,
        "columns_per_adc": 1,
        "parallel_rows": 8,
        "input_bits": 2,
    },
    "three beats": {"columns": 6},
    "eight beats": {"columns": 16},
}


def words_of(bias, multiplier, output):
    """Return the configuration words of an output, as drives."""
    first = PeWord.SCALES + 2 * output
    return [
        {"write": 1, "index": first, "data": multiplier},
        {"write": 1, "index": first + 1, "data": bias % 2**32},
    ]


def random_scales(tile, seed):
    rng = random.Random(seed)
    return [(rng.randrange(-(2**31), 2**31), rng.randrange(2**16)) for _ in range(tile.block)]


def written(scales, order=None):
    outputs = range(len(scales)) if order is None else order
    drives = [drive for output in outputs for drive in words_of(*scales[output], output)]
    return [*drives, {"write": 0}]


def scales_of(tile, one):
    """Return bias and multiplier of each lane of one cycle."""
    lanes = tile.sums_per_beat
    biases = unpack(one["biases"], BIAS_BITS, lanes, signed=True)
    return list(zip(biases, unpack(one["multipliers"], MULTIPLIER_BITS, lanes), strict=True))


def read(run_cycles, tile, before, takes):
    """Return the constants of all lanes that follow each take, which are one if true."""
    drives = [*before, *({"take": int(take)} for take in [*takes, False])]
    seen = run_cycles(OutputScales(tile), drives)[len(before) :]
    return [scales_of(tile, after) for take, after in zip(takes, seen[1:], strict=True) if take]


def beats_of(tile, scales, vectors):
    """Return the constants in the order of their beats; those of no output are not told."""
    lanes = tile.sums_per_beat
    return [scales[n : n + lanes] for n in range(0, tile.block, lanes)] * vectors


@pytest.fixture(params=SIZES.values(), ids=SIZES)
def tile(request, tile_spec):
    return tile_spec(**request.param)


def cut(tile, found):
    """Leave out the lanes of no output."""
    last = tile.block - (tile.beats - 1) * tile.sums_per_beat
    return [
        one[: last if n % tile.beats == tile.beats - 1 else None] for n, one in enumerate(found)
    ]


def test_each_output_gets_its_constants_beat_by_beat(tile, run_cycles):
    scales = random_scales(tile, seed=1)
    order = random.Random(2).sample(range(tile.block), tile.block)
    found = read(run_cycles, tile, written(scales, order), [True] * 3 * tile.beats)
    assert cut(tile, found) == beats_of(tile, scales, 3)


def test_constants_wait_for_the_next_beat(tile, run_cycles):
    scales = random_scales(tile, seed=3)
    takes = [1, *random.Random(4).choices([1, 0, 0], k=60)]
    before = written(scales)
    drives = [*before, *({"take": take} for take in takes)]
    seen = run_cycles(OutputScales(tile), drives)[len(before) + 1 :]
    beats, count = beats_of(tile, scales, 1), 0
    for take, one in zip(takes[:-1], seen, strict=True):
        count += take
        beat = beats[(count - 1) % tile.beats]
        assert scales_of(tile, one)[: len(beat)] == beat


def test_what_is_not_offered_or_lies_below_is_left_alone(tile, run_cycles):
    scales = random_scales(tile, seed=5)
    below = [{"write": 1, "index": n, "data": 77} for n in range(PeWord.SCALES)]
    idle = [drive | {"write": 0} for drive in written([(1, 1)] * tile.block)]
    found = read(run_cycles, tile, [*written(scales), *below, *idle], [True] * tile.beats)
    assert cut(tile, found) == beats_of(tile, scales, 1)


def test_multiplier_is_stored_with_its_bias_only(tile, run_cycles):
    scales = random_scales(tile, seed=6)
    alone = [{"write": 1, "index": PeWord.SCALES, "data": 77}, {"write": 0}]
    found = read(run_cycles, tile, [*written(scales), *alone], [True] * tile.beats)
    assert cut(tile, found) == beats_of(tile, scales, 1)
