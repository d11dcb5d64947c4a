"""Small tiles, awkward on purpose, and random networks that fit them."""

from functools import partial

import numpy as np
import pytest

from hw_spec.program import Kind
from hw_spec.tile import TileTable
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
)

TILES = {
    "two macros, two row groups": (
        {"rows": 8, "columns": 8, "parallel_rows": 4, "columns_per_adc": 4, "weight_bits": 4},
        {"macros_per_pe": 2, "pes": 6},
    ),
    "one macro, sar, pairs": (
        {"rows": 4, "columns": 4, "parallel_rows": 4, "columns_per_adc": 2, "input_bits": 2}
        | {"encoding": "differential", "adc": {"kind": "sar", "bits": 3, "zero_code": 4}},
        {"macros_per_pe": 1, "pes": 10},
    ),
    "three macros, psums without a gap, a field of no output": (
        {"rows": 4, "columns": 6, "parallel_rows": 4, "columns_per_adc": 1, "input_bits": 2},
        {"macros_per_pe": 3, "pes": 6},
    ),
    "a vector per cycle": (
        {"rows": 2, "columns": 4, "parallel_rows": 2, "columns_per_adc": 1, "input_bits": 1},
        {"macros_per_pe": 2, "pes": 6},
    ),
}
"""Members of the macro, and of the table of the tile."""


class Drawer:
    """Draws a network, one operation after another."""

    def __init__(self, rng, bits, top_weight):
        self.rng, self.bits, self.top_weight = rng, bits, top_weight
        self.tensors = {INPUT: 0}
        """Names and zero points."""
        self.operations = []
        self.shape = tuple(map(int, (*rng.integers(1, 6, 2), rng.integers(1, 6))))

    def network(self):
        return IntegerNetwork(
            input_shape=self.shape,
            input_bits=self.bits,
            operations=tuple(self.operations),
            output=self.operations[-1].name,
        )

    def add(self, kind):
        """Add an operation to what there is; raises ValueError if it does not fit."""
        name = f"{kind}_{len(self.operations)}"
        source = str(self.rng.choice(list(self.tensors)[-3:]))
        operation = getattr(self, f"_{kind}")(
            {"name": name, "scale": 0.5, "bits": self.bits}, source
        )
        self.operations.append(operation)
        try:
            _ = self.network()
        except ValueError:
            self.operations.pop()
            raise
        self.tensors[name] = operation.zero

    def _channels(self, tensor):
        shapes = self.network().shapes if self.operations else {INPUT: self.shape}
        return shapes[tensor][2]

    def _zero(self):
        return int(self.rng.choice([0, 2 ** (self.bits - 1)]))

    def _convolution(self, common, source):
        rng, top = self.rng, self.top_weight
        kernel = tuple(map(int, rng.choice([1, 1, 2, 3], 2)))
        outputs, inputs = int(rng.integers(1, 8)), self._channels(source)
        window = tuple(map(int, rng.integers(1, 3, 2)))
        sum_bits = (kernel[0] * kernel[1] * inputs * top).bit_length() // 2 + 1
        return Convolution(
            source=source,
            weights=rng.integers(-top, top + 1, (*kernel, inputs, outputs)).astype(np.int8),
            biases=rng.integers(-9, 10, outputs).astype(np.int32),
            multipliers=rng.integers(2**15, 2**16, outputs).astype(np.uint16),
            shift=16 + sum_bits,
            zero=self._zero(),
            stride=int(rng.integers(1, 3)),
            padding=int(rng.integers(0, 2)),
            pad_value=self.tensors[source],
            pool=Pool(window=window, stride=max(window)) if rng.integers(2) else None,
            **common,
        )

    def _pooling(self, common, source):
        window = tuple(map(int, self.rng.choice([1, 2, 2, 3], 2)))
        if maximum := bool(self.rng.integers(2)):
            scaling = {"multiplier": 1, "bias": 0, "shift": 0, "kind": "max"}
        else:
            scaling = {"multiplier": 99 // (window[0] * window[1]), "bias": 17, "shift": 6}
            scaling |= {"kind": "average"}
        return Pooling(
            source=source,
            window=window,
            stride=int(self.rng.integers(1, 3)),
            padding=int(self.rng.integers(0, min(window) // 2 + 1)) if maximum else 0,
            zero=self.tensors[source],
            **scaling,
            **common,
        )

    def _addition(self, common, source):
        other = str(self.rng.choice(list(self.tensors)))
        multipliers = tuple(map(int, self.rng.integers(-300, 500, 2)))
        rest = {"bias": 200, "shift": 8, "zero": self._zero()}
        return Addition(sources=(source, other), multipliers=multipliers, **rest, **common)

    def _scaling(self, common, source):
        channels = self._channels(source)
        return Scaling(
            source=source,
            multipliers=self.rng.integers(-600, 600, channels).astype(np.int16),
            biases=self.rng.integers(0, 600, channels).astype(np.int32),
            shift=8,
            zero=self._zero(),
            **common,
        )

    def _concatenation(self, common, source):
        other = str(self.rng.choice(list(self.tensors)))
        return Concatenation(sources=(source, other), zero=self.tensors[source], **common)


KINDS = ("convolution", "pooling", "convolution", "addition", "pooling", "scaling", "concatenation")


def draw_compiled(tile, seed):
    """Return a random network compiled for a tile."""
    rng = np.random.default_rng(seed)
    spec = tile.macro
    for _ in range(1000):
        drawer = Drawer(rng, spec.input_bits, 2 ** (spec.weight_bits - 1) - 1)
        try:
            for kind in rng.choice(KINDS, rng.integers(1, 5)):
                drawer.add(str(kind))
            mapping = str(rng.choice(["conventional", "kernel"]))
            schedule = str(rng.choice(["single", "layer", "fill"]))
            names = [one.name for one in drawer.operations if isinstance(one, Convolution)]
            copies = {name: int(rng.integers(1, 4)) for name in names if rng.integers(2)}
            compiled = compile_network(
                drawer.network(), tile, mapping=mapping, schedule=schedule, copies=copies
            )
            if seed % 8 == 7 or any(step.kind is Kind.MATRIX for step in compiled.steps):
                return compiled
        except ValueError:
            continue  # it does not fit together, or not on the tile
    raise AssertionError("No network fits")


def tile_chip(make_chip, name):
    macro, table = TILES[name]
    chip = make_chip(**{**macro, "beat_rows": macro["rows"]})
    sizes = {"activations": 512, "pieces": 64, "program_words": 256, "scales": 8, "marks": 8}
    return chip.model_copy(update={"tile": TileTable(**sizes, **table)})


@pytest.fixture(scope="session")
def make_tile_chip(make_chip):
    """Return a function that makes the chip of a tile of `TILES`."""
    return partial(tile_chip, make_chip)


@pytest.fixture(params=[name for name in TILES if name != "a vector per cycle"])
def other_tile(request):
    return request.param


@pytest.fixture(scope="session", name="draw_compiled")
def draw_compiled_fixture():
    return draw_compiled
