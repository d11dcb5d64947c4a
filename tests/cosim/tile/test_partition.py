"""A tile in parts does what the whole tile does, in everything that can be seen."""

import dataclasses
import re

import numpy as np
import pytest

from cosim.build import tile_design
from cosim.tile import parts
from cosim.tile.flat import run_flat
from cosim.tile.inference import Conditions, infer
from cosim.tile.partition import replay_steps, run_partitioned
from cosim.twin.compute import compute
from hdl_gen.emit import CORE, PE_LOGIC, TILE
from hw_spec.tile import TileTable
from network.compile import compile_network
from network.integer import INPUT, Addition, Convolution, IntegerNetwork, Pool, Pooling

ADC = {"bits": 5, "step": 2, "zero_code": 16}

TABLE = {"activations": 1024, "pieces": 256, "program_words": 256, "scales": 16, "marks": 16}
MACRO = {
    "rows": 8,
    "columns": 8,
    "parallel_rows": 4,
    "columns_per_adc": 4,
    "cell_bits": 2,
    "input_bits": 4,
    "weight_bits": 4,
    "reference_level": 2,
}
# By hand: 7 outputs in 4 cycles of a vector, so 2 in a beat, and a field of the last is none's.
LANES = MACRO | {"columns": 14, "columns_per_adc": 1, "parallel_rows": 8}
# Macro, macros and number of PEs, and copies. In "lanes", words come more slowly than they are
# converted, and 2 copies share 5 rows.
SIZES = {"pairs": (MACRO, 2, 9, {}), "lanes": (LANES, 1, 11, {"stem": 2})}
SEEN = {"zero": 0, "scale": 1 / 15, "bits": 4}


@pytest.fixture(scope="module")
def make_tile_chip(make_chip):
    def make_tile_chip(size):
        macro, per_pe, pes, _ = SIZES[size]
        table = TileTable(macros_per_pe=per_pe, pes=pes, **TABLE)
        return make_chip(**macro).model_copy(update={"tile": table})

    return make_tile_chip


def convolution(name, source, inputs, outputs, kernel=(1, 1), *, seed=1, **members):
    """Return a convolution with random weights whose outputs use their range."""
    rng = np.random.default_rng(seed)
    chosen = {
        "name": name,
        "source": source,
        "weights": rng.integers(-7, 8, (*kernel, inputs, outputs)).astype(np.int8),
        "biases": rng.integers(-60, 60, outputs).astype(np.int32),
        "multipliers": rng.integers(2**10, 2**11, outputs).astype(np.uint16),
        "shift": 14,
        "stride": 1,
        "padding": 0,
        "pad_value": 0,
        **SEEN,
    }
    return Convolution(**chosen | members)


def pooling(name, source, kind, window, **members):
    chosen = {"stride": 2, "padding": 0, "multiplier": 1, "bias": 0, "shift": 0, **SEEN}
    return Pooling(name=name, source=source, kind=kind, window=window, **chosen | members)


def network(shape, *operations):
    return IntegerNetwork(
        input_shape=shape, input_bits=4, operations=operations, output=operations[-1].name
    )


SUM = {"multipliers": (300, -200), "bias": 900, "shift": 8}
POOL = Pool(window=(2, 2), stride=2)
NETWORKS = {
    # Chains of row blocks, several column blocks.
    "dense": network(
        (1, 1, 21),
        convolution("hidden", INPUT, 21, 5),
        convolution("output", "hidden", 5, 3, zero=8, seed=2),
    ),
    # Copies, padding, pooling, and operations of the vector unit.
    "mixed": network(
        (5, 5, 2),
        convolution("stem", INPUT, 2, 5, (3, 3), padding=1, zero=3),
        convolution("inner", "stem", 5, 5, (2, 2), padding=1, pad_value=3, pool=POOL, seed=2),
        pooling("largest", "stem", "max", (2, 2), padding=1, zero=3),
        Addition(name="sum", sources=("inner", "largest"), **SUM | SEEN),
        pooling("mean", "sum", "average", (3, 2), multiplier=42, bias=100, shift=8),
        convolution("last", "mean", 5, 4, seed=3),
    ),
}


def compiled_case(chip, name, copies):
    copies = {layer: count for layer, count in copies.items() if name == "mixed"}
    compiled = compile_network(NETWORKS[name], chip.tile_spec(), schedule="single", copies=copies)
    layout, rng = compiled.input, np.random.default_rng(1)
    shape = (3, layout.height, layout.width, layout.channels)
    return compiled, rng.integers(0, 16, shape, dtype=np.uint8)


def whole(compiled, chip, images, conditions, build_dir):
    """Run the whole tile."""
    jobs = {}
    steps = infer(
        *(compiled, chip, images, conditions),
        run_macro=lambda step: lambda job: compute(job, toggles=False).run,
        seen=jobs.__setitem__,
    )
    for _ in steps:
        pass
    return run_flat(compiled, images, jobs, build_dir=build_dir)


def assert_same(compiled, chip, images, work_dir, build_dir):
    """Run a tile in parts and as a whole, and compare."""
    given = compiled, chip, images, Conditions()
    parts = run_partitioned(*given, work_dir=work_dir, build_dir=build_dir)
    tile = whole(*given, build_dir)
    np.testing.assert_array_equal(parts.outputs, tile.outputs)
    np.testing.assert_array_equal(parts.run_cycles, tile.run_cycles)
    np.testing.assert_array_equal(parts.log, tile.log)
    assert parts.toggles.keys() == tile.toggles.keys()
    other = {name: one for name, one in parts.toggles.items() if one != tile.toggles[name]}
    assert not other


def test_parts_do_what_the_whole_does(make_case, tmp_path, build_dir):
    case = make_case(ADC)
    assert_same(case.compiled, case.chip, case.images, tmp_path, build_dir)


@pytest.mark.long
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("size", SIZES)
def test_parts_of_larger_tiles(size, name, make_tile_chip, tmp_path, build_dir):
    chip = make_tile_chip(size)
    compiled, images = compiled_case(chip, name, SIZES[size][3])
    assert_same(compiled, chip, images, tmp_path, build_dir)


@pytest.fixture
def broken(monkeypatch, build_dir, tmp_path):
    """Make a part run Verilog in which a text was replaced."""

    def broken(part, module, pattern, replacement):
        def design(tile, build_dir, top=TILE):
            rtl = tile_design(tile, build_dir, top)
            if top != part:
                return rtl
            head, name, rest = rtl.verilog.read_text().partition(f"module {module}")
            body, end, tail = rest.partition("endmodule")
            body, count = re.subn(pattern, replacement, body)
            assert count == 1
            path = tmp_path / f"{part}.v"
            path.write_text(head + name + body + end + tail)
            rtl_hash = f"{rtl.rtl_hash}, {module}, {replacement}"
            return dataclasses.replace(rtl, verilog=path, rtl_hash=rtl_hash)

        monkeypatch.setattr(parts, "tile_design", design)

    return broken


# Part, module, what is replaced, and what is told. By hand: a list of 5 pieces, of which the first
# is at the word in cycle 4, so a vector begins in cycle 9. Its first psums come 69 cycles later,
# and are in the sums of the chain 2 cycles after that.
FAULTS = {
    "complete": (
        (CORE, r"\core.fetcher ", r"\bcomplete <= .*;", "complete <= 0;"),
        "9 of layer 'first' of image 0, core: port 'pes__complete' must be 0x1, not 0x0",
    ),
    "sums": (
        (PE_LOGIC, r"\pe_logic.tree ", r"level_1_0 <= (.*);", r"level_1_0 <= \1 ^ 1;"),
        r"80 of layer 'first' of image 0, PE 0: port 'chain_out__sums' must be \w+, not \w+",
    ),
    "chain": (
        (PE_LOGIC, "pe_logic", "chain_out__complete <= .*;", "chain_out__complete <= 0;"),
        "10 of layer 'first' of image 0, PE 0: port 'chain_out__complete' must be 0x1, not 0x0",
    ),
    "address": (
        (CORE, r"\core.writer ", "memory__address <= (.*);", r"memory__address <= \1 ^ 1;"),
        r"4 of layer 'mean' of image 0, core: port 'pes__word' must be \w+, not \w+",
    ),
    "irq": (
        (CORE, "core", "assign irq = .*;", "assign irq = 0;"),
        "0 after the reset, core: port 'irq' must be 0x1, not 0x0",
    ),
}


@pytest.mark.parametrize(
    "fault",
    ["complete", "sums", *(pytest.param(one, marks=pytest.mark.long) for one in [*FAULTS][2:])],
)
def test_first_difference_is_told(fault, make_case, broken, tmp_path, build_dir):
    change, message = FAULTS[fault]
    broken(*change)
    case = make_case(ADC)
    given = case.compiled, case.chip, case.images, Conditions()
    message = f"^RTL of the tile differs from the prediction in cycle {message}$"
    with pytest.raises(RuntimeError, match=message):
        run_partitioned(*given, work_dir=tmp_path, build_dir=build_dir)


def test_time_that_is_over(make_case, tmp_path, build_dir):
    case = make_case(ADC)
    given = case.compiled, case.chip, case.images, Conditions()
    message = r"^Simulation did not end in time, but in cycle 0 after the reset, PE 0$"
    steps = infer(*given, run_macro=lambda step: lambda job: compute(job).run)
    with pytest.raises(TimeoutError, match=message):
        replay_steps(case.compiled, case.images, steps, build_dir=build_dir, deadline_s=0)


def test_what_moved_must_be_known(make_case, tmp_path, build_dir):
    case = make_case(ADC)
    given = case.compiled, case.chip, case.images, Conditions()
    steps = infer(*given, run_macro=lambda step: lambda job: compute(job).run, traced=False)
    message = r"^Run of layer 'first' must be traced to be replayed$"
    with pytest.raises(ValueError, match=message):
        replay_steps(case.compiled, case.images, steps, build_dir=build_dir, deadline_s=0)
