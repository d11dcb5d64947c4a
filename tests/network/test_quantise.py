import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.quantise import SCALE_SPAN, FloatPerceptron, quantise


def random_network(seed, inputs=12, hidden=7, outputs=5, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return FloatPerceptron(
        # Channels differ a hundredfold, so a scale of the wrong channel cannot pass.
        hidden_weights=(
            rng.normal(size=(inputs, hidden)) * 10.0 ** rng.uniform(-1, 1, hidden)
        ).astype(dtype),
        hidden_biases=rng.normal(size=hidden).astype(dtype),
        output_weights=rng.normal(size=(hidden, outputs)).astype(dtype),
        output_biases=rng.normal(size=outputs).astype(dtype),
    )


def random_inputs(seed, count=40, width=12):
    return np.random.default_rng([seed, 1]).integers(0, 256, (count, width), dtype=np.uint8)


def float_hidden(network, inputs):
    """Compute the first layer from its definition, without the class under test."""
    return np.maximum(
        np.einsum("vi,ih->vh", inputs / 255, network.hidden_weights) + network.hidden_biases, 0
    )


SEEDS = st.integers(0, 2**32 - 1)


@settings(deadline=None)
@given(SEEDS)
def test_activations_follow_the_float_network(seed):
    network, inputs = random_network(seed), random_inputs(seed)
    expected = float_hidden(network, inputs)
    integer = quantise(network, inputs)
    activations = integer.hidden(integer.psums(inputs))

    step = expected.max() / 255
    weight_step = np.abs(network.hidden_weights).max(axis=0) / 127
    # Half a step each: the activation; every weight, times its input; the bias, in psum units.
    # The multiplier has at least 7 bits, so it is off by less than 1 in 128.
    bound = step / 2 + weight_step / 2 * ((inputs / 255).sum(axis=1, keepdims=True) + 1 / 255)
    bound = bound + expected / 128
    assert (np.abs(activations * step - expected) <= bound * (1 + 1e-9)).all()


@settings(deadline=None)
@given(SEEDS)
def test_logits_follow_the_float_network_on_one_scale(seed):
    network, inputs = random_network(seed), random_inputs(seed)
    integer = quantise(network, inputs)
    activations = integer.hidden(integer.psums(inputs))
    step = float_hidden(network, inputs).max() / 255
    weight_step = np.abs(network.output_weights).max() / 127

    expected = activations * step @ network.output_weights + network.output_biases
    logits = integer.logits(activations) * step * weight_step
    # Half a step each: every weight, times its activation, and the bias.
    bound = weight_step / 2 * step * (activations.sum(axis=1, keepdims=True) + 1.0)
    assert (np.abs(logits - expected) <= bound * (1 + 1e-9)).all()


@settings(deadline=None)
@given(SEEDS)
def test_largest_weight_of_each_channel_becomes_127(seed):
    integer = quantise(random_network(seed), random_inputs(seed))
    peaks = np.abs(integer.hidden_weights.astype(int)).max(axis=0)
    np.testing.assert_array_equal(peaks, 127)
    assert np.abs(integer.output_weights.astype(int)).max() == 127


@settings(deadline=None)
@given(SEEDS)
def test_multipliers_use_all_16_bits(seed):
    multipliers = quantise(random_network(seed), random_inputs(seed)).hidden_multipliers
    assert 2**15 <= multipliers.max() < 2**16
    assert multipliers.min() >= 128


@pytest.mark.parametrize("seed", range(5))
def test_largest_activation_becomes_255(seed):
    network, inputs = random_network(seed), random_inputs(seed)
    integer = quantise(network, inputs)
    # One code of tolerance: the weights were rounded before they were summed.
    assert integer.hidden(integer.psums(inputs)).max() >= 254


def small(**changed):
    members = {
        "hidden_weights": np.array([[1.0, 0.0], [0.5, 0.0]]),
        "hidden_biases": np.array([0.0, 0.25]),
        "output_weights": np.array([[1.0, -1.0], [0.5, -0.5]]),
        "output_biases": np.array([0.0, 0.1]),
    }
    return FloatPerceptron(**members | changed)


WHITE = np.array([[255, 255]])


def test_numbers_of_a_small_network():
    integer = quantise(small(), WHITE)
    # by hand: 0.5 / (1/127) = 63.5, halves up
    assert integer.hidden_weights.tolist() == [[127, 0], [64, 0]]
    # by hand: 0.25 / (1 / 127 / 255 / 256) = 2072640
    assert integer.hidden_biases.tolist() == [0, 2072640]
    # by hand: the ratio of channel 0 is (1 / 127 / 255) / (1.5 / 255) = 1 / 190.5; 2**23 / 190.5
    # is 44034.7, the next power of two too much for 16 bits; 44034.7 / 256 is 172.01
    assert (integer.hidden_shift, integer.hidden_multipliers.tolist()) == (23, [44035, 172])
    assert integer.output_weights.tolist() == [[127, -127], [64, -63]]
    # by hand: 0.1 / (1.5 / 255 / 127) = 2159
    assert integer.output_biases.tolist() == [0, 2159]


def test_channel_without_weights_keeps_its_bias():
    integer = quantise(small(), WHITE)
    # by hand: 0.25 / (1.5 / 255) = 42.5, less a hair because the multiplier 172.01 became 172
    assert integer.hidden(integer.psums(WHITE)).tolist() == [[255, 42]]


def test_tiny_channel_keeps_a_multiplier():
    weights = np.array([[1.0, 1e-5], [0.5, 1e-5]])
    multipliers = quantise(small(hidden_weights=weights), WHITE).hidden_multipliers.astype(int)
    assert multipliers[0] / multipliers[1] == pytest.approx(SCALE_SPAN, rel=1 / 128)


def test_activation_step_is_never_finer_than_a_psum():
    integer = quantise(small(hidden_biases=np.array([0.0, 1e-9])), np.array([[0, 0]]))
    # by hand: the ratio of channel 0 is then 1, and 2**15 the largest power of two in 16 bits
    assert (integer.hidden_shift, integer.hidden_multipliers[0]) == (15, 2**15)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_any_float_type_is_taken(dtype):
    network = random_network(5, dtype=dtype)
    assert quantise(network, random_inputs(5)).hidden_weights.dtype == np.int8


@pytest.mark.parametrize(
    ("changed", "inputs", "message"),
    [
        ({}, np.array([[0, 256]]), "Inputs must be between 0 and 255, not 256"),
        ({}, np.array([[1, 2, 3]]), "Inputs must have shape (1, 2), not (1, 3)"),
        (
            {"hidden_biases": np.array([0.0, -0.25])},
            np.array([[0, 0]]),
            "Calibration inputs must cause an activation above 0, not 0.0",
        ),
        (
            {"hidden_weights": np.zeros((2, 2))},
            WHITE,
            "Largest size in 'hidden_weights' must be at least 1e-06, not 0.0",
        ),
        (
            {"output_weights": np.full((2, 2), 1e-9)},
            WHITE,
            "Largest size in 'output_weights' must be at least 1e-06, not 1e-09",
        ),
        (
            # by hand: 1e6 / (1 / 127 / 255 / 256)
            {"hidden_biases": np.array([0.0, -1e6])},
            WHITE,
            (
                "Largest size in 'hidden_biases' must be at most 2147483647 psum units, "
                "not 8290560000000.0"
            ),
        ),
    ],
)
def test_what_cannot_be_quantised(changed, inputs, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        quantise(small(**changed), inputs)


def test_calibration_inputs_in_floats():
    message = r"^Inputs must be an integer array, not an array of 'float64'$"
    with pytest.raises(TypeError, match=message):
        quantise(small(), WHITE / 255)
