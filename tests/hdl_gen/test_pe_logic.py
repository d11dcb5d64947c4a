"""PeLogic, in Amaranth's own simulator: its words, its starts, and what becomes of psums."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdl_gen.pe_logic import PeLogic
from hw_spec.host import PeWord
from hw_spec.numbers import requantise
from hw_spec.port import pack, unpack

TO_CHAIN = 1  # cycles from the last level of the tree to the sums of the chain
TO_FINISHED = 6  # from there to `finished`
# by hand: 7 outputs in 2 cycles of a vector, so 4 and 3
LANES = {"rows": 8, "columns": 14, "columns_per_adc": 1, "parallel_rows": 8, "input_bits": 2}
SIZES = {"one lane": {"columns": 6}, "four lanes": LANES}
PART = {"layer": 3, "copy": 0, "first_block": 0, "macros": 1}


def config(index, data):
    offered = {"bus__config_valid": 1, "bus__config_select": 1}
    return offered | {"bus__config_index": index, "bus__config_data": data}


def configured(scales=(), *, chained=0, ends=0, **part):
    """Return drives that tell a PE its part, for layer 3 unless named."""
    drives = [config(PeWord.CHAINED, chained | ends << 1)]
    drives += [config(PeWord[name.upper()], value) for name, value in (PART | part).items()]
    for output, (bias, multiplier) in enumerate(scales):
        first = PeWord.SCALES + 2 * output
        drives += [config(first, multiplier), config(first + 1, bias % 2**32)]
    return [*drives, {"bus__config_valid": 0, "bus__layer": 3}]


def after(run_cycles, tile, before, drives):
    """Return the outputs in the cycles of ``drives``."""
    return run_cycles(PeLogic(tile), [*before, *drives])[len(before) :]


@pytest.mark.parametrize(("copy", "first_block", "macros"), [(0, 0, 3), (2, 5, 2), (1, 2046, 1)])
def test_word_reaches_the_macro_of_its_row_block_only(
    tile_spec, run_cycles, copy, first_block, macros
):
    tile = tile_spec(3)
    part = configured(copy=copy, first_block=first_block, macros=macros)
    blocks = [block for block in range(first_block - 2, first_block + 5) if 0 <= block < 2**11]
    sent = list(itertools.product(blocks, range(3), (3, 4), (0, 1)))
    drives = [
        {"bus__word_block": block, "bus__word_copy": of, "bus__layer": layer}
        | {"bus__word_valid": valid, "bus__word": 0x123 + n}
        for n, (block, of, layer, valid) in enumerate(sent)
    ]
    seen = after(run_cycles, tile, part, drives)
    for n, ((block, of, layer, valid), one) in enumerate(zip(sent, seen, strict=True)):
        reaches = layer == 3 and of == copy
        passes = reaches and first_block <= block < first_block + macros
        assert one["bus__active"] == (layer == 3)
        for macro in range(3):
            own = reaches and macro < macros and block == first_block + macro
            assert one[f"words_{macro}__valid"] == (valid and own)
            assert one[f"words_{macro}__payload"] == (0x123 + n if passes else 0)


SIGNALS = ["bus__complete", "chain_in__complete", "words_0__ready", "converting"]


@pytest.mark.parametrize("chained", [0, 1])
@pytest.mark.parametrize(("macros", "layer"), [(1, 3), (0, 3), (1, 4)])
def test_first_pe_of_a_chain_tells_the_core_and_each_tells_the_next(
    tile_spec, run_cycles, chained, macros, layer
):
    part = configured(macros=macros, chained=chained)
    values = [*itertools.product((0, 1), repeat=4)] * 2
    random.Random(1).shuffle(values)
    drives = [dict(zip(SIGNALS, one, strict=True)) | {"bus__layer": layer} for one in values]
    seen = after(run_cycles, tile_spec(1), part, drives)
    active = macros == 1 and layer == 3
    passed = None
    for (complete, before, ready, converting), one in zip(values, seen, strict=True):
        leads = active and not chained
        assert one["bus__ready"] == (ready or not leads)
        assert one["bus__begins"] == (leads and complete and ready)
        assert one["bus__converting"] == (leads and converting)
        here = before if chained else complete
        assert one["hold"] == (not here)
        if passed is not None:
            assert one["chain_out__complete"] == passed
        passed = here and active


@pytest.mark.parametrize("missing", ["bus__config_select", "bus__config_valid"])
def test_configuration_that_is_not_for_the_pe_is_left_alone(tile_spec, run_cycles, missing):
    others = [config(index, 3) | {missing: 0} for index in PeWord]
    before = [*configured(), *others, {"bus__config_valid": 0}]
    word = {"bus__word_valid": 1, "bus__word_copy": 0, "bus__word_block": 0}
    assert after(run_cycles, tile_spec(1), before, [word])[0]["words_0__valid"]


def psum_drive(tile, beat):
    """Return the inputs of a cycle in which each macro in use offers psums, or none."""
    if beat is None:
        return {f"psums_{n}__valid": 0 for n in range(tile.table.macros_per_pe)}
    drive = {}
    for n, psums in enumerate(beat):
        drive |= {f"psums_{n}__valid": 1, f"psums_{n}__payload": pack(psums, tile.macro.psum_bits)}
    return drive


def chain_drives(tile, beats, chain):
    """Return drives for psum beats, with the sums of the PE before when they are due.

    Beats may be None. In other cycles, sums of the PE before are what they should not be.
    """
    late = tile.tree_levels
    drives = [psum_drive(tile, beat) for beat in [*beats, *[None] * (late + TO_FINISHED + 1)]]
    wrong = pack([1] * tile.sums_per_beat, tile.sum_bits)
    for n, drive in enumerate(drives):
        carried = chain[n - late] if 0 <= n - late < len(chain) else None
        drive["chain_in__sums"] = wrong if carried is None else pack(carried, tile.sum_bits)
    return drives


def sums_of(tile, one):
    return unpack(one["chain_out__sums"], tile.sum_bits, tile.sums_per_beat, signed=True)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("macros", "pes"), [(1, 1), (1, 3), (2, 2), (3, 3), (5, 7)])
def test_sum_of_the_longest_chain_fits_at_its_extremes(tile_spec, run_cycles, macros, pes, size):
    tile = tile_spec(macros, pes, **SIZES[size])
    top = 2 ** (tile.macro.psum_bits - 1)
    lanes = tile.sums_per_beat
    for psum in (-top, top - 1):
        beats, chain = [[[psum] * lanes] * macros], [[psum * macros * (pes - 1)] * lanes]
        part = configured(macros=macros, chained=1)
        seen = after(run_cycles, tile, part, chain_drives(tile, beats, chain))
        assert sums_of(tile, seen[tile.tree_levels + TO_CHAIN]) == [psum * macros * pes] * lanes


@st.composite
def runs(draw):
    """Draw a tile's numbers, the part of its PE, and vectors of psums with gaps between beats."""
    size = SIZES[draw(st.sampled_from(sorted(SIZES)))]
    macros = draw(st.integers(1, 5))
    numbers = {"macros_per_pe": macros, "pes": draw(st.integers(2, 4))}
    part = {"macros": draw(st.integers(1, macros)), "chained": draw(st.integers(0, 1))}
    settings_ = {"shift": draw(st.integers(0, 9)), "zero": draw(st.integers(0, 3))}
    settings_["pool"] = draw(st.integers(1, 3))
    vectors = settings_["pool"] * draw(st.integers(1, 3))
    gaps = draw(st.lists(st.integers(0, 30), max_size=2 * vectors))
    return size, numbers, part, settings_, vectors, gaps, draw(st.integers(0, 999))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(run=runs())
def test_psums_with_any_gaps_become_the_activations_of_the_rule(tile_spec, run_cycles, run):
    size, numbers, part, settings_, count, gaps, seed = run
    tile, rng = tile_spec(**numbers, **size), random.Random(seed)
    lanes, top = tile.sums_per_beat, 2 ** (tile.macro.psum_bits - 1)
    used, pool = part["macros"], settings_.pop("pool")
    scales = [(rng.randrange(-40, 40), rng.randrange(2**9)) for _ in range(tile.block)]

    def psums(limit):
        return [rng.randrange(-limit, limit) for _ in range(lanes)]

    beats, chain, gaps = [], [], iter(gaps)
    for _ in range(count * tile.beats):
        gap = next(gaps, 0)
        beats += [*[None] * gap, [psums(top) for _ in range(used)]]
        chain += [*[None] * gap, psums(top * used)]

    before = configured(scales, **part, ends=1)
    static = {f"bus__{name}": value for name, value in settings_.items()}
    before[-1] |= static | {"bus__pool": pool, "bus__select": 1}
    # What a macro that is not in use still holds must not count.
    for n in range(used, tile.table.macros_per_pe):
        before[-1][f"psums_{n}__payload"] = 1
    seen = after(run_cycles, tile, before, chain_drives(tile, beats, chain))

    sent = [n for n, beat in enumerate(beats) if beat is not None]
    vectors = [[] for _ in range(count)]
    for place, n in enumerate(sent):
        carried = chain[n] if part["chained"] else [0] * lanes
        total = [sum(lane) for lane in zip(*beats[n], carried, strict=True)]
        assert sums_of(tile, seen[n + tile.tree_levels + TO_CHAIN]) == total
        vectors[place // tile.beats] += total
    activations = [
        [
            requantise(psum, bias=bias, multiplier=scale, **settings_, bits=tile.macro.input_bits)
            for psum, (bias, scale) in zip(vector, scales, strict=False)
        ]
        for vector in vectors
    ]
    finished = {
        sent[(n + pool) * tile.beats - 1] + tile.tree_levels + TO_FINISHED: n
        for n in range(0, count, pool)
    }
    for cycle, one in enumerate(seen):
        assert one["bus__finished"] == (cycle in finished)
        if cycle in finished:
            window = activations[finished[cycle] : finished[cycle] + pool]
            found = unpack(one["bus__result"], tile.macro.input_bits, tile.block)
            assert found == list(map(max, zip(*window, strict=True)))


def test_only_the_end_of_a_chain_requantises_and_only_if_selected_shows_results(
    tile_spec, run_cycles
):
    tile = tile_spec(1, columns=4, columns_per_adc=2, input_bits=3)
    drives = chain_drives(tile, [[[1]], [[2]]], [])
    static = {"bus__pool": 1, "bus__select": 1}
    for ends in (0, 1):
        before = configured([(0, 1), (0, 2)], ends=ends)
        before[-1] |= static
        seen = after(run_cycles, tile, before, [*drives, {"bus__select": 0}])
        assert [one["bus__finished"] for one in seen].count(1) == ends
        # by hand: 1 * 1 and 2 * 2, in 3 bits each
        assert seen[-2]["bus__result"] == (0o41 if ends else 0)
        assert seen[-1]["bus__result"] == 0
