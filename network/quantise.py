"""Post-training quantisation: a trained perceptron in floats becomes one in integers."""

import math
from dataclasses import dataclass, fields

import numpy as np

from network.perceptron import TOP_ACTIVATION, IntegerPerceptron
from network.place import check_shape, integer_matrix

LARGEST = 1e6
"""Largest size of a float weight or bias; beyond it, no training went well."""

SMALLEST = 1e-6
"""Smallest size that the largest weight of a layer may have."""

SCALE_SPAN = 256
"""Largest scale of a layer over its smallest. A multiplier so keeps at least 7 bits, and a channel
without weights gets a scale for its bias."""

TOP_WEIGHT = 127
"""Largest size of an 8-bit weight; -128 stays unused, so the range is symmetric."""

TOP_MULTIPLIER = 2**16 - 1
TOP_BIAS = 2**31 - 1


@dataclass(frozen=True, kw_only=True, eq=False)
class FloatPerceptron:
    """A trained perceptron: dense, ReLU, dense.

    Raises
    ------
    TypeError
        If a member is no array of floats.
    ValueError
        If the shapes disagree or a number is not finite or too large.
    """

    hidden_weights: np.ndarray
    """Weights of the first layer; float, shape (inputs, hidden)."""

    hidden_biases: np.ndarray
    """Biases of the first layer; float, shape (hidden,)."""

    output_weights: np.ndarray
    """Weights of the last layer; float, shape (hidden, outputs)."""

    output_biases: np.ndarray
    """Biases of the last layer; float, shape (outputs,)."""

    def __post_init__(self) -> None:
        for field in fields(self):
            _check_floats(field.name, getattr(self, field.name))
        check_shape("'hidden_weights'", self.hidden_weights, (None, None))
        hidden = self.hidden_weights.shape[1]
        check_shape("'hidden_biases'", self.hidden_biases, (hidden,))
        check_shape("'output_weights'", self.output_weights, (hidden, None))
        check_shape("'output_biases'", self.output_biases, (self.output_weights.shape[1],))

    def hidden(self, inputs: np.ndarray) -> np.ndarray:
        """Return the activations, float64, of integer inputs from 0 to 255, which mean 0 to 1."""
        width = len(self.hidden_weights)
        inputs = integer_matrix("Inputs", inputs, low=0, high=TOP_ACTIVATION, width=width)
        sums = inputs / TOP_ACTIVATION @ self.hidden_weights + self.hidden_biases
        return np.maximum(sums, 0)

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return the labels of integer inputs from 0 to 255; int64, shape (vectors,)."""
        logits = self.hidden(inputs) @ self.output_weights + self.output_biases
        return logits.argmax(axis=1)


def quantise(network: FloatPerceptron, calibration_inputs: np.ndarray) -> IntegerPerceptron:
    """Return the perceptron in integers: 8-bit weights and activations, biases in psum units.

    All rounding is to the nearest, halves up. Each channel of the first layer has its own scale,
    which its multiplier takes out again. The last layer has one scale for all channels: its sums
    are compared with each other, so they must mean the same, and with one scale they do as they
    leave the array, without a multiplier that would round before the comparison.

    Parameters
    ----------
    network : FloatPerceptron
        Trained network.
    calibration_inputs : ndarray of any integer type, shape (vectors, inputs)
        Inputs from 0 to 255. The largest activation they cause becomes the top activation, 255;
        take them from the training set.

    Returns
    -------
    IntegerPerceptron
        The network in integers; its weights lie between -127 and 127.

    Raises
    ------
    TypeError
        If the inputs are no integer array.
    ValueError
        If the inputs have a wrong shape or range or activate nothing, if a layer has next to no
        weights, or if a bias is too large for the weights beside it.
    """
    peak = float(network.hidden(calibration_inputs).max())
    if peak <= 0:
        raise ValueError(f"Calibration inputs must cause an activation above 0, not {peak!r}")
    peaks = _peaks("hidden_weights", network.hidden_weights)
    weight_scales = np.maximum(peaks, peaks.max() / SCALE_SPAN) / TOP_WEIGHT
    psum_scales = weight_scales / TOP_ACTIVATION
    # A step of activation finer than one of a psum would resolve nothing.
    hidden_scale = max(peak / TOP_ACTIVATION, float(psum_scales.max()))
    multipliers, shift = _fixed_point(psum_scales / hidden_scale)
    output_scale = _peaks("output_weights", network.output_weights).max() / TOP_WEIGHT
    return IntegerPerceptron(
        hidden_weights=_round(network.hidden_weights / weight_scales).astype(np.int8),
        hidden_biases=_biases("hidden_biases", network.hidden_biases / psum_scales),
        hidden_multipliers=multipliers,
        hidden_shift=shift,
        output_weights=_round(network.output_weights / output_scale).astype(np.int8),
        output_biases=_biases(
            "output_biases", network.output_biases / (hidden_scale * output_scale)
        ),
    )


def _round(value: np.ndarray) -> np.ndarray:
    return np.floor(value + 0.5)


def _peaks(name: str, weights: np.ndarray) -> np.ndarray:
    """Return the largest size of a weight per channel; float64, shape (outputs,)."""
    peaks = np.abs(weights).max(axis=0).astype(np.float64)
    if peaks.max() < SMALLEST:
        largest = float(peaks.max())
        raise ValueError(f"Largest size in '{name}' must be at least {SMALLEST}, not {largest!r}")
    return peaks


def _biases(name: str, value: np.ndarray) -> np.ndarray:
    """Return biases in psum units; int32."""
    largest = float(np.abs(value).max())
    if not largest <= TOP_BIAS:
        raise ValueError(
            f"Largest size in '{name}' must be at most {TOP_BIAS} psum units, not {largest!r}"
        )
    return _round(value).astype(np.int32)


def _fixed_point(ratios: np.ndarray) -> tuple[np.ndarray, int]:
    """Return uint16 multipliers and the one shift with which they come nearest to ``ratios``.

    The shift is the largest with which the largest ratio still fits 16 bits.
    """
    shift = math.floor(math.log2(TOP_MULTIPLIER / ratios.max()))
    return _round(ratios * 2.0**shift).astype(np.uint16), shift


def _check_floats(name: str, value: object) -> None:
    if not isinstance(value, np.ndarray):
        raise TypeError(f"'{name}' must be an array of floats, not {type(value).__name__!r}")
    if value.dtype.kind != "f":
        raise TypeError(f"'{name}' must be an array of floats, not of {str(value.dtype)!r}")
    # As float64, because the limit itself does not fit float16. NaN is not below any limit.
    strange = value[~(np.abs(value) <= np.float64(LARGEST))]
    if strange.size:
        number = float(strange.flat[0])
        raise ValueError(f"'{name}' must be between {-LARGEST} and {LARGEST}, not {number!r}")
