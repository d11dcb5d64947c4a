"""Toggles of the vector unit."""

import numpy as np

from cosim.tile.arithmetic import VectorTrace
from cosim.tile.toggles.fetch import pulses
from cosim.tile.toggles.moved import Moved
from cosim.tile.toggles.paths import VECTOR
from cosim.tile.toggles.registers import Registers, bits
from hw_spec.program import Kind
from hw_spec.tile import BIAS_BITS, MULTIPLIER_BITS, VECTOR_SUM_BITS
from network.compiled import Compiled


def take_vector(registers: Registers, compiled: Compiled, moved: Moved) -> None:
    """Take up what the vector unit does in a SUM or MAXIMUM operation."""
    pieces, positions, trace = moved.step.pieces, moved.step.positions, moved.trace
    assert isinstance(trace, VectorTrace)
    input_bits = compiled.tile.macro.input_bits
    closes = np.array([piece.closes for piece in pieces])
    ends = closes & np.array([piece.ends for piece in pieces])
    # One register after another takes each word, with what stands beside it.
    beside = np.array([[piece.begins, piece.ends] for piece in pieces if piece.closes], np.uint8)
    beside = np.tile(beside, (positions, 1))[None]
    for name, fields in (("taken", beside), ("scaled", beside), ("summed", beside[..., 1])):
        registers.take(f"{VECTOR}.{name}", fields)
        registers.repeat(f"{VECTOR}.{name}", pulses(np.tile(closes, positions)))
    registers.repeat(f"{VECTOR}.result_valid", pulses(np.tile(ends, positions)))

    products, sums = _arithmetic(compiled, moved)
    product_bits = max(input_bits + MULTIPLIER_BITS, BIAS_BITS) + 1
    for name, values in (
        ("word", trace.words),
        ("products", bits(products, product_bits)),
        ("sums", bits(sums, VECTOR_SUM_BITS)),
        ("result", bits(trace.results, input_bits)),
    ):
        registers.take(f"{VECTOR}.{name}", values.reshape(len(values), -1, values.shape[-1]))


def _arithmetic(compiled: Compiled, moved: Moved) -> tuple[np.ndarray, np.ndarray]:
    """Return products and running sums, or maxima; int64, the shape of the words."""
    closing = [piece for piece in moved.step.pieces if piece.closes]
    words = moved.trace.words
    if moved.step.kind is Kind.MAXIMUM:
        products = words.astype(np.int64)
    else:
        scales = [piece.block for piece in closing]
        begins = np.array([piece.begins for piece in closing])[:, None]
        biases = np.where(begins, compiled.biases[scales], 0)
        products = words * compiled.multipliers[scales].astype(np.int64) + biases
    sums = products.copy()
    add = np.maximum if moved.step.kind is Kind.MAXIMUM else np.add
    for number, piece in enumerate(closing):
        if not piece.begins:
            sums[..., number, :] = add(sums[..., number - 1, :], products[..., number, :])
    return products, sums
