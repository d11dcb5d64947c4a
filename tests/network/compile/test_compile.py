import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw_spec.program import Opcode, Setting
from network.compile import compile_network
from network.integer import (
    INPUT,
    Addition,
    Concatenation,
    Convolution,
    IntegerNetwork,
    Pool,
    Pooling,
    Scaling,
    run,
)

SEEN = {"zero": 0, "scale": 1 / 255, "bits": 8}


def convolution(name, source, inputs, outputs, kernel=(3, 3), *, seed=1, **members):
    """A convolution with random weights whose outputs use all their range."""
    rng = np.random.default_rng(seed)
    size = kernel[0] * kernel[1] * inputs
    chosen = {
        "name": name,
        "source": source,
        "weights": rng.integers(-127, 128, (*kernel, inputs, outputs)).astype(np.int8),
        "biases": rng.integers(-9000, 9000, outputs).astype(np.int32),
        "multipliers": rng.integers(2**15, 2**16, outputs).astype(np.uint16),
        "shift": 23 + size.bit_length() // 2,
        "stride": 1,
        "padding": 0,
        "pad_value": 0,
        **SEEN,
    }
    return Convolution(**chosen | members)


def pooling(name, source, kind, window=(2, 2), stride=2, padding=0):
    scaling = {"multiplier": 1, "bias": 0, "shift": 0}
    if kind == "average":
        scaling = {"multiplier": 8000 // (window[0] * window[1]), "bias": 77, "shift": 13}
    return Pooling(
        name=name,
        source=source,
        kind=kind,
        window=window,
        stride=stride,
        padding=padding,
        **scaling | SEEN,
    )


def addition(name, *sources):
    return Addition(
        name=name, sources=sources, multipliers=(-300, 500), bias=20000, shift=9, **SEEN
    )


def scaling(name, source, channels):
    rng = np.random.default_rng(channels)
    return Scaling(
        name=name,
        source=source,
        multipliers=rng.integers(-600, 600, channels).astype(np.int16),
        biases=rng.integers(0, 60000, channels).astype(np.int32),
        shift=9,
        **SEEN,
    )


def concatenation(name, *sources):
    return Concatenation(name=name, sources=sources, **SEEN)


def network(shape, *operations):
    return IntegerNetwork(
        input_shape=shape, input_bits=8, operations=operations, output=operations[-1].name
    )


PERCEPTRON = network(
    (1, 1, 21),
    convolution("hidden", INPUT, 21, 13, (1, 1)),
    convolution("output", "hidden", 13, 10, (1, 1), zero=128, seed=2),
)
CNN = network(
    (9, 11, 3),
    convolution("first", INPUT, 3, 10, padding=1, zero=128),
    convolution("second", "first", 10, 12, (5, 3), stride=2, padding=2, pad_value=128, seed=2),
    convolution("third", "second", 12, 9, (2, 2), pool=Pool(window=(2, 1), stride=2), seed=3),
    pooling("small", "third", "max", (2, 3), 1, 1),
    convolution("dense", "small", 9, 10, (3, 2), zero=128, seed=4),
)
RESIDUAL = network(
    (7, 6, 4),
    convolution("stem", INPUT, 4, 9, padding=1),
    convolution("inner", "stem", 9, 9, padding=1, zero=100, seed=2),
    addition("identity", "inner", "stem"),
    convolution("down", "identity", 9, 12, stride=2, padding=1, zero=100, seed=3),
    convolution("shortcut", "identity", 9, 12, (1, 1), stride=2, zero=120, seed=4),
    addition("projected", "down", "shortcut"),
    pooling("mean", "projected", "average", (4, 3), 1),
    convolution("label", "mean", 12, 10, (1, 1), zero=128, seed=5),
)
DENSE = network(
    (6, 5, 3),
    convolution("stem", INPUT, 3, 5, padding=1),
    scaling("one.norm", "stem", 5),
    convolution("one", "one.norm", 5, 4, padding=1, seed=2),
    concatenation("two", "stem", "one"),
    scaling("two.norm", "two", 9),
    convolution("two.conv", "two.norm", 9, 4, padding=1, seed=3),
    concatenation("three", "two", "two.conv"),
    convolution("direct", "three", 13, 8, padding=1, seed=4),
    convolution("window", "two", 9, 3, (6, 5), seed=5),
    pooling("window.max", "two", "max", (3, 3), 1, 1),
    # The tensors beside each other lie in another order, and one twice, in these two.
    concatenation("again", "two.conv", "direct", "stem", "stem"),
    addition("sum", "window.max", "two"),
    pooling("half", "again", "average"),
    concatenation("result", "half"),
)
NETWORKS = {"perceptron": PERCEPTRON, "cnn": CNN, "residual": RESIDUAL, "dense": DENSE}


def agree(network, compiled, interpret, seed=0):
    """Compare all tensors, which the tile computes, with those of the integer network."""
    image = np.random.default_rng(seed).integers(0, 256, (1, *network.input_shape))
    want = run(network, image)
    have = interpret(compiled, image[0])
    for operation in network.operations:
        if operation.name in have:
            tensor = want[operation.name][0]
            assert np.unique(tensor).size >= min(4, tensor.size // 3), operation.name
            np.testing.assert_array_equal(have[operation.name], tensor, operation.name)
    np.testing.assert_array_equal(have["output"], want[network.output][0])


@pytest.mark.parametrize("schedule", ["single", "layer", "pipeline", "fill"])
@pytest.mark.parametrize("mapping", ["conventional", "kernel"])
@pytest.mark.parametrize("name", NETWORKS)
def test_tile_computes_what_the_network_does(name, mapping, schedule, make_tile, interpret):
    tile = make_tile(activations=2**12)
    compiled = compile_network(NETWORKS[name], tile, mapping=mapping, schedule=schedule)
    agree(NETWORKS[name], compiled, interpret)


@pytest.mark.parametrize("copies", [1, 2, 3, 4, 5])
def test_any_number_of_copies_computes_the_same(copies, make_tile, interpret):
    names = {"first": copies, "second": min(copies, 5), "third": min(copies, 2)}
    compiled = compile_network(CNN, make_tile(), schedule="single", copies=names)
    assert [step.settings[Setting.COPIES] for step in compiled.steps] == [*names.values(), 1, 1]
    agree(CNN, compiled, interpret)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_any_convolution_is_computed(data, make_tile, interpret):
    def draw(low, high):
        return data.draw(st.integers(low, high))

    inputs, outputs, stride, padding = draw(1, 12), draw(1, 11), draw(1, 3), draw(0, 3)
    kernel = draw(1, 4), draw(1, 4)
    low = [max(1, side - 2 * padding) for side in kernel]
    shape = (draw(low[0], low[0] + 6), draw(low[1], low[1] + 6), inputs)
    size = [(side + 2 * padding - k) // stride + 1 for side, k in zip(shape, kernel, strict=False)]
    window = draw(1, min(3, size[0])), draw(1, min(3, size[1]))
    pool = Pool(window=window, stride=draw(max(window), 3)) if draw(0, 1) else None
    members = {"stride": stride, "padding": padding, "pool": pool, "pad_value": 0, "zero": 128}
    one = network(shape, convolution("one", INPUT, inputs, outputs, kernel, **members))
    tile = make_tile(rows=2 ** draw(2, 4), macros_per_pe=draw(1, 4), activations=2**13)
    mapping = data.draw(st.sampled_from(["conventional", "kernel"]))
    rows = one.shapes["one"][0]
    copies = data.draw(st.none() | st.integers(1, rows))
    compiled = compile_network(
        one, tile, mapping=mapping, copies=None if copies is None else {"one": copies}
    )
    image = np.random.default_rng(draw(0, 9)).integers(0, 256, (1, *shape))
    want = run(one, image)["one"][0]
    np.testing.assert_array_equal(interpret(compiled, image[0])["one"], want)


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_any_graph_is_computed(data, make_tile, interpret):
    """Whatever is concatenated, added, or needed again later: nothing is overwritten too early."""
    channels, operations = {INPUT: 3}, []
    kinds = ["convolution", "scaling", "addition", "concatenation", "pooling"]
    for number in range(data.draw(st.integers(1, 9))):
        name, kind = f"t{number}", data.draw(st.sampled_from(kinds))
        source = data.draw(st.sampled_from(sorted(channels)))
        width = channels[source]
        match kind:
            case "convolution":
                width = data.draw(st.integers(1, 9))
                one = convolution(name, source, channels[source], width, padding=1)
            case "scaling":
                one = scaling(name, source, width)
            case "addition":
                like = [tensor for tensor in sorted(channels) if channels[tensor] == width]
                one = addition(name, source, data.draw(st.sampled_from(like)))
            case "concatenation":
                more = data.draw(st.lists(st.sampled_from(sorted(channels)), max_size=3))
                one = concatenation(name, source, *more)
                width += sum(channels[tensor] for tensor in more)
            case "pooling":
                one = pooling(name, source, "max", (3, 3), 1, 1)
        channels[name] = width
        operations.append(one)
    graph = network((4, 3, 3), *operations)
    compiled = compile_network(graph, make_tile(activations=2**15), schedule="single")
    image = np.random.default_rng(1).integers(0, 256, (1, 4, 3, 3))
    want, have = run(graph, image), interpret(compiled, image[0])
    for name in want.keys() & have.keys():
        np.testing.assert_array_equal(have[name], want[name][0], name)
    np.testing.assert_array_equal(have["output"], want[graph.output][0])


@pytest.mark.parametrize("name", NETWORKS)
def test_only_what_changes_is_set(name, make_tile):
    compiled = compile_network(NETWORKS[name], make_tile())
    known = {}
    for word, comment in zip(compiled.program, compiled.comments, strict=True):
        if word.opcode is Opcode.SET:
            assert known.get(word.setting) != word.immediate
            known[word.setting] = word.immediate
        elif word.opcode is Opcode.RUN:
            step = next(step for step in compiled.steps if step.name == comment)
            assert step.settings.items() <= known.items()
    codes = [word.opcode for word in compiled.program if word.opcode is not Opcode.SET]
    assert codes == [Opcode.RUN, Opcode.WAIT, Opcode.MARK] * len(compiled.steps) + [Opcode.HALT]


@pytest.mark.parametrize("mapping", ["conventional", "kernel"])
def test_a_dense_layer_takes_one_piece_per_row_block(mapping, make_tile):
    # A line of 2 pixels of 9 channels has 18 activations, which are no whole words.
    dense = network((3, 2, 9), convolution("dense", INPUT, 9, 4, (3, 2)))
    compiled = compile_network(dense, make_tile(), mapping=mapping)
    assert [piece.length for piece in compiled.pieces] == [8] * 6 + [6]


def test_equal_lists_of_pieces_are_kept_once(make_tile):
    layers = [
        convolution(str(n), INPUT if n == 0 else str(n - 1), 8, 8, padding=1) for n in range(4)
    ]
    compiled = compile_network(network((8, 8, 8), *layers), make_tile(), schedule="single")
    assert len(compiled.pieces) == 9  # 72 rows of 8
    assert [step.settings[Setting.FIRST_PIECE] for step in compiled.steps] == [0] * 4


def test_utilisation_counts_cells_of_the_pes_in_use(make_tile):
    # 20 rows in 3 blocks of 8, 10 outputs in 3 blocks of 4; PEs of 2 macros: 2 x 3 of them.
    layer = network((1, 1, 20), convolution("layer", INPUT, 20, 10, (1, 1)))
    compiled = compile_network(layer, make_tile(macros_per_pe=2))
    assert (len(compiled.pes), compiled.macros) == (6, 9)
    assert compiled.utilisation == pytest.approx(20 * 10 / (6 * 2 * 8 * 4))


def test_converters_never_wait_unless_asked(make_tile):
    tile = make_tile()
    period = tile.macro.cycles_per_vector
    for mapping in ("conventional", "kernel"):
        compiled = compile_network(CNN, tile, mapping=mapping)
        for step in compiled.steps:
            copies = step.settings[Setting.COPIES]
            assert copies == 1 or len(step.pieces) * copies <= period
        assert any(step.settings[Setting.COPIES] > 1 for step in compiled.steps)


def test_idle_pieces_give_the_writer_time(make_tile, interpret):
    # 70 blocks of 1 output, but a vector takes 8 * 2 cycles, and one piece.
    wide = network((1, 3, 2), convolution("wide", INPUT, 2, 70, (1, 1)))
    compiled = compile_network(wide, make_tile(columns=2))
    assert compiled.tile.macro.cycles_per_vector == 16
    assert [piece.length for piece in compiled.pieces] == [0] * 69 + [2]
    assert compiled.steps[0].words == 3 * 70
    agree(wide, compiled, interpret)


@pytest.mark.parametrize(
    ("key", "have", "need"),
    [
        ("activations", 32, 48),  # 21, 13 and 10, the first above the last
        ("pieces", 4, 5),  # 21 and 13 rows in blocks of 8
        ("program_words", 40, 62),  # 38 settings, 17 that change; RUN, WAIT, MARK; HALT
        ("marks", 1, 2),
    ],
)
def test_network_larger_than_the_tile(key, have, need, make_tile):
    message = (
        f"Network must fit tile.{key} = {have}, but needs {need}, {need - have} more; "
        f"smallest change: tile.{key} = {need}"
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        compile_network(PERCEPTRON, make_tile(**{key: have}))
    compile_network(PERCEPTRON, make_tile(**{key: need}))


def test_too_few_pes(make_tile):
    message = (
        "Network must fit tile.pes = 9 with 9 macros, but needs 18 for its 18 macros, 9 more; "
        "smallest change: tile.pes = 18"
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        compile_network(PERCEPTRON, make_tile(pes=9, macros_per_pe=1))
    assert compile_network(PERCEPTRON, make_tile(pes=18, macros_per_pe=1)).macros == 18


def test_too_many_scales(make_tile):
    # Norms 1 + 2, copies of 4, 5 and 9 channels 1 + 1 + 2, addition 2, average 1.
    with pytest.raises(ValueError, match=r"^Network must fit tile\.scales = 2, but needs 10, 8 "):
        compile_network(DENSE, make_tile(scales=2))


def test_larger_pes_where_no_tile_has_enough(make_tile):
    # 2048 row blocks, and 2 or 33 column blocks.
    dense = network((1, 4, 4096), convolution("dense", INPUT, 4096, 8, (1, 4)))
    with pytest.raises(ValueError, match=r"tile\.macros_per_pe = 4, tile\.pes = 1024$"):
        compile_network(dense, make_tile(pes=512, macros_per_pe=2, activations=2**15))
    dense = network((1, 4, 4096), convolution("dense", INPUT, 4096, 132, (1, 4)))
    with pytest.raises(ValueError, match=r"67584 macros, 67072 more; no tile is large enough$"):
        compile_network(dense, make_tile(pes=512, macros_per_pe=1, activations=2**15))


def test_memory_that_no_tile_has(make_tile):
    large = network((1024, 1024, 2), pooling("small", INPUT, "max"))
    with pytest.raises(ValueError, match=r"needs 2621440, .* more; no tile has more than 2097152$"):
        compile_network(large, make_tile())


@pytest.mark.parametrize(
    ("shape", "kernel", "message"),
    [
        ((300, 1, 1), (299, 1), "Field 'y' of a piece must be between 0 and 255, not 256"),
        ((1, 5, 4096), (1, 5), "Field 'block' of a piece must be between 0 and 2047, not 2048"),
    ],
)
def test_kernel_too_large_for_pieces(shape, kernel, message, make_tile):
    layer = network(shape, convolution("layer", INPUT, shape[2], 1, kernel))
    with pytest.raises(ValueError, match=f"^Operation 'layer': {message}$"):
        compile_network(layer, make_tile(activations=2**15, macros_per_pe=64))


def test_pooling_window_too_large_to_count(make_tile):
    pool = Pool(window=(64, 64), stride=64)
    layer = network((64, 64, 1), convolution("layer", INPUT, 1, 1, (1, 1), pool=pool))
    message = r"^Positions of a pooling window of 'layer' must be between 1 and 4095, not 4096$"
    with pytest.raises(ValueError, match=message):
        compile_network(layer, make_tile())


@pytest.mark.parametrize(
    ("macro", "message"),
    [
        ({"weight_bits": 7}, "between -64 and 63, not -127"),
        ({"weight_bits": 7, "encoding": "differential", "reference_level": 0}, "-63 and 63, not"),
    ],
)
def test_weights_that_cells_cannot_hold(macro, message, make_tile):
    layer = network((1, 1, 50), convolution("layer", INPUT, 50, 40, (1, 1)))
    with pytest.raises(ValueError, match=f"^Weights of 'layer' must be .*{message}"):
        compile_network(layer, make_tile(macro=macro))


def test_activations_of_another_width(make_tile):
    layer = convolution("layer", INPUT, 4, 4, (1, 1), bits=4)
    message = r"^Tensor 'layer' must have input_bits of the macro = 8 bits, not 4$"
    with pytest.raises(ValueError, match=message):
        compile_network(network((1, 1, 4), layer), make_tile())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mapping": "novel"}, "Mapping 'novel' is unknown"),
        ({"schedule": "layers"}, "Schedule 'layers' is unknown; nearest: layer"),
        ({"copies": {"hiden": 2}}, "Layer 'hiden' is unknown; nearest: hidden"),
        ({"copies": {"hidden": 2}}, "Copies of 'hidden' must be between 1 and 1, not 2"),
    ],
)
def test_unknown_wishes(options, message, make_tile):
    with pytest.raises(ValueError, match=f"^{message}"):
        compile_network(PERCEPTRON, make_tile(), **options)


def test_more_layers_than_can_be_numbered(make_tile):
    layers = [
        convolution(str(n), INPUT if n == 0 else str(n - 1), 1, 1, (1, 1)) for n in range(257)
    ]
    with pytest.raises(ValueError, match=r"^Number of layers with weights must be .*256, not 257$"):
        compile_network(network((1, 1, 1), *layers), make_tile())
    compiled = compile_network(network((1, 1, 1), *layers[:256]), make_tile())
    assert compiled.pes[-1].layer == 255
