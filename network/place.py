"""Puts a layer onto one macro: weights become cell levels, inputs become whole vectors."""

from typing import Any

import numpy as np

from hw_spec.macro import MacroSpec


def levels(weights: np.ndarray, spec: MacroSpec) -> np.ndarray:
    """Return the level of every cell of a macro that holds ``weights``.

    The encoding is that of :class:`hw_spec.macro.MacroSpec`. Cells of rows and columns that the
    layer leaves unused hold level 0.

    Parameters
    ----------
    weights : ndarray of any integer type, shape (inputs, outputs)
        Signed weights of ``spec.weight_bits``; pairs cannot hold the lowest of them, whose
        magnitude is one more than that of the highest.
    spec : MacroSpec
        Macro that holds the layer.

    Returns
    -------
    ndarray of uint8, shape (spec.rows, spec.bit_lines)
        Levels from 0 to ``spec.top_level``.

    Raises
    ------
    TypeError
        If ``weights`` is no integer array.
    ValueError
        If the layer does not fit the macro, or a weight its range.
    """
    offset = 2 ** (spec.weight_bits - 1)
    pairs = spec.encoding == "differential"
    weights = integer_matrix("Weights", weights, low=pairs - offset, high=offset - 1)
    inputs, outputs = weights.shape
    _fits("Layer has", inputs, "inputs", spec.rows, "rows")
    _fits("Layer has", outputs, "outputs", spec.outputs, "outputs")
    stored = [weights.clip(0), (-weights).clip(0)] if pairs else [weights + offset]
    cells = np.zeros((spec.rows, len(stored), spec.columns), dtype=np.uint8)
    for line, values in enumerate(stored):
        digits = values[:, :, None] >> spec.cell_bits * np.arange(spec.slices) & spec.top_level
        cells[:inputs, line, : outputs * spec.slices] = digits.reshape(inputs, -1)
    return cells.reshape(spec.rows, spec.bit_lines)


def pad_inputs(inputs: np.ndarray, spec: MacroSpec) -> np.ndarray:
    """Return input vectors filled up with zeros to all rows of a macro.

    Parameters
    ----------
    inputs : ndarray of any integer type, shape (vectors, inputs)
        Unsigned inputs of ``spec.input_bits``.
    spec : MacroSpec
        Macro that takes the vectors.

    Returns
    -------
    ndarray of int64, shape (vectors, spec.rows)
        The inputs, zeros behind them.

    Raises
    ------
    TypeError
        If ``inputs`` is no integer array.
    ValueError
        If the vectors do not fit the macro, or an input its range.
    """
    top = 2**spec.input_bits - 1
    inputs = integer_matrix("Inputs", inputs, low=0, high=top)
    vectors, width = inputs.shape
    _fits("Vectors have", width, "inputs", spec.rows, "rows")
    padded = np.zeros((vectors, spec.rows), dtype=np.int64)
    padded[:, :width] = inputs
    return padded


def _fits(subject: str, count: int, what: str, room: int, where: str) -> None:
    if count > room:
        raise ValueError(
            f"{subject} {count} {what}, which is more than the {room} {where} of the macro"
        )


def integer_matrix(
    name: str, value: object, *, low: int, high: int, width: int | None = None
) -> np.ndarray:
    """Return ``value`` as int64 if it is an integer matrix whose numbers lie in a range.

    An array of floats is refused even where all its numbers are whole: rounding is a decision, and
    it is not taken here.

    Parameters
    ----------
    name : str
        Subject of the error messages.
    value : object
        Array to check.
    low, high : int
        Range of its numbers, both ends included, within int64.
    width : int or None
        Columns it must have; None allows any number.

    Raises
    ------
    TypeError
        If ``value`` is no ndarray of an integer type; booleans are not integers here.
    ValueError
        If the shape or a number breaks the rule.
    """
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{name} must be an integer array, not {type(value).__name__!r}")
    if value.dtype.kind not in "iu":
        raise TypeError(f"{name} must be an integer array, not an array of {str(value.dtype)!r}")
    check_shape(name, value, (None, width))
    # Compared as Python integers, because uint64 does not fit int64.
    for extreme in (int(value.min()), int(value.max())):
        if not low <= extreme <= high:
            raise ValueError(f"{name} must be between {low} and {high}, not {extreme}")
    return value.astype(np.int64)


def check_shape(name: str, value: np.ndarray, shape: tuple[int | None, ...]) -> tuple[int, ...]:
    """Return the shape of ``value`` if it is ``shape``, where None is any length from 1.

    Raises
    ------
    ValueError
        If the shape is another.
    """
    if value.ndim != len(shape):
        raise ValueError(f"{name} must be {len(shape)}-dimensional, not {value.ndim}-dimensional")
    pairs = zip(shape, value.shape, strict=True)
    wanted = tuple(max(length, 1) if want is None else want for want, length in pairs)
    if value.shape != wanted:
        raise ValueError(f"{name} must have shape {wanted}, not {value.shape}")
    return value.shape


def typed_array(
    key: str, value: Any, dtype: type, shape: tuple[int | None, ...]
) -> tuple[int, ...]:
    """Return the shape of ``value`` if it is an array of ``dtype`` and ``shape``.

    Raises
    ------
    TypeError
        If ``value`` is no ndarray.
    ValueError
        If the dtype or the shape is another; None is any length from 1.
    """
    if not isinstance(value, np.ndarray):
        raise TypeError(f"'{key}' must be an array, not {type(value).__name__!r}")
    if value.dtype != dtype:
        raise ValueError(f"'{key}' must be of {np.dtype(dtype).name!r}, not {str(value.dtype)!r}")
    return check_shape(f"'{key}'", value, shape)
