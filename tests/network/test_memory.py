import numpy as np
import pytest

from hw_spec.macro import AdcSpec, MacroSpec
from hw_spec.tile import TileSpec, TileTable
from network.integer import INPUT, Addition, Concatenation, IntegerNetwork, Pooling, Scaling
from network.memory import plan, separate

SEEN = {"zero": 0, "scale": 1 / 255, "bits": 8}


def tile(activations=4096):
    macro = MacroSpec(
        rows=8,
        columns=8,
        parallel_rows=8,
        columns_per_adc=8,
        cell_bits=4,
        input_bits=8,
        weight_bits=8,
        reference_level=8,
        adc=AdcSpec(bits=8, step=1, zero_code=0),
        beat_rows=8,
    )
    table = TileTable(
        macros_per_pe=1, pes=1, activations=activations, pieces=1, program_words=1, scales=1
    )
    return TileSpec(macro=macro, table=table)


def scaling(name, source, channels):
    ones, zeros = np.ones(channels, np.int16), np.zeros(channels, np.int32)
    return Scaling(name=name, source=source, multipliers=ones, biases=zeros, shift=0, **SEEN)


def concatenation(name, *sources):
    return Concatenation(name=name, sources=sources, **SEEN)


def addition(name, *sources):
    return Addition(name=name, sources=sources, multipliers=(1, 1), bias=0, shift=0, **SEEN)


def pooling(name, source):
    window = {"window": (2, 2), "stride": 2, "padding": 0}
    scales = {"multiplier": 1, "bias": 0, "shift": 0}
    return Pooling(name=name, source=source, kind="max", **window, **scales, **SEEN)


def network(shape, *operations, output=None):
    return IntegerNetwork(
        input_shape=shape,
        input_bits=8,
        operations=operations,
        output=output or operations[-1].name,
    )


def chain(names, output=None):
    sources = [INPUT, *names]
    return network(
        (2, 2, 3),
        *(scaling(name, source, 3) for name, source in zip(names, sources, strict=False)),
        output=output,
    )


def test_a_chain_takes_turns_in_two_places():
    layouts = plan(chain("abcd"), tile())
    assert [layout.address for layout in layouts.values()] == [0, 12, 0, 12, 0]


def test_the_output_is_kept_to_the_end():
    layouts = plan(chain("abcd", output="a"), tile())
    assert [layout.address for layout in layouts.values()] == [0, 12, 0, 24, 0]


def test_the_largest_lies_lowest():
    layouts = plan(network((2, 2, 3), scaling("a", INPUT, 3), pooling("b", "a")), tile())
    assert [layout.address for layout in layouts.values()] == [0, 12, 0]
    assert (layouts["b"].height, layouts["b"].line, layouts["b"].pitch) == (1, 3, 3)


def test_concatenated_tensors_lie_between_each_other():
    parts = [scaling("a", INPUT, 3), scaling("b", "a", 3), concatenation("inner", "b", "a")]
    layouts = plan(network((2, 2, 3), *parts, concatenation("outer", INPUT, "inner")), tile())
    first = {name: (layout.address, layout.pitch) for name, layout in layouts.items()}
    assert first == {"input": (0, 9), "b": (3, 9), "inner": (3, 9), "a": (6, 9), "outer": (0, 9)}


def test_a_tensor_lies_in_one_concatenation_and_is_copied_for_others():
    parts = [concatenation("one", INPUT, INPUT), concatenation("two", "one", INPUT)]
    copied = separate(network((2, 2, 3), *parts))
    names = [(operation.name, operation.sources) for operation in copied.operations]
    assert names == [
        ("one:1", ("input",)),
        ("one", ("input", "one:1")),
        ("two:1", ("input",)),
        ("two", ("one", "two:1")),
    ]
    assert copied.shapes["two"] == (2, 2, 9)


def test_sources_of_an_addition_lie_equally_far_apart():
    parts = [scaling("a", INPUT, 3), concatenation("wide", "a", INPUT), scaling("b", "a", 3)]
    both = [addition("sum", "b", "a"), addition("same", "a", "input")]
    copied = separate(network((2, 2, 3), *parts, *both))
    assert [one.name for one in copied.operations][3:] == ["sum:1", "sum", "same"]
    layouts = plan(copied, tile())
    for operation in copied.operations[4:]:
        pitches = {layouts[source].pitch for source in operation.sources}
        assert len(pitches) == 1


def test_nothing_is_copied_without_need():
    one = chain("ab")
    assert separate(one) is one


def test_memory_that_is_just_enough():
    # Two tensors of 12, in words of 8: two words and two more.
    plan(chain("abcd"), tile(32))
    message = (
        r"^Network must fit tile\.activations = 16, but needs 32, 16 more; "
        r"smallest change: tile\.activations = 32$"
    )
    with pytest.raises(ValueError, match=message):
        plan(chain("abcd"), tile(16))
