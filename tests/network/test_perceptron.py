import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.perceptron import TOP_PSUM, IntegerPerceptron

INT32 = st.integers(-(2**31), 2**31 - 1)
UINT16 = st.integers(0, 2**16 - 1)


def perceptron(**changed):
    members = {
        "hidden_weights": np.array([[1, -2], [3, 4], [-128, 127]], dtype=np.int8),
        "hidden_biases": np.array([10, -20], dtype=np.int32),
        "hidden_multipliers": np.array([5, 7], dtype=np.uint16),
        "hidden_shift": 6,
        "output_weights": np.array([[1, -1, 2, 0], [-3, 2, 2, 5]], dtype=np.int8),
        "output_biases": np.array([1, 2, 3, -4], dtype=np.int32),
    }
    return IntegerPerceptron(**members | changed)


def exact_activation(psum, bias, multiplier, shift):
    """Divide in whole numbers, halves up, then saturate: the rule in Python's own integers."""
    doubled = 2 * (psum + bias) * multiplier + 2**shift
    return max(0, min(255, doubled // 2 ** (shift + 1)))


def exact_labels(network, psums):
    labels = []
    for vector in psums.tolist():
        channels = zip(
            vector,
            network.hidden_biases.tolist(),
            network.hidden_multipliers.tolist(),
            strict=True,
        )
        hidden = [exact_activation(*channel, network.hidden_shift) for channel in channels]
        logits = network.output_biases.tolist()
        for activation, weights in zip(hidden, network.output_weights.tolist(), strict=True):
            logits = [sum_ + activation * w for sum_, w in zip(logits, weights, strict=True)]
        labels.append(logits.index(max(logits)))
    return labels


@settings(deadline=None)
@given(st.integers(-TOP_PSUM, TOP_PSUM), INT32, UINT16, st.integers(0, 46))
def test_activations_equal_those_of_python_integers(psum, bias, multiplier, shift):
    network = perceptron(
        hidden_biases=np.array([bias, 0], dtype=np.int32),
        hidden_multipliers=np.array([multiplier, 1], dtype=np.uint16),
        hidden_shift=shift,
    )
    expected = exact_activation(psum, bias, multiplier, shift)
    assert network.hidden(np.array([[psum, 0]]))[0, 0] == expected


@pytest.mark.parametrize("shift", [0, 46])
@pytest.mark.parametrize(
    ("psum", "bias"), [(TOP_PSUM, 2**31 - 1), (-TOP_PSUM, -(2**31))], ids=["highest", "lowest"]
)
def test_extreme_psums_do_not_overflow(psum, bias, shift):
    network = perceptron(
        hidden_biases=np.array([bias, 0], dtype=np.int32),
        hidden_multipliers=np.array([2**16 - 1, 1], dtype=np.uint16),
        hidden_shift=shift,
    )
    activation = network.hidden(np.array([[psum, 0]]))[0, 0]
    assert activation == exact_activation(psum, bias, 2**16 - 1, shift)
    assert activation == (255 if psum > 0 else 0)


def test_half_an_activation_rounds_up():
    network = perceptron(
        hidden_biases=np.zeros(2, dtype=np.int32),
        hidden_multipliers=np.ones(2, dtype=np.uint16),
        hidden_shift=2,
    )
    # by hand: 5/4, 6/4, -2/4, and 1019/4 = 254.75
    assert network.hidden(np.array([[5, 6], [-2, 1019]])).tolist() == [[1, 2], [0, 255]]


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_labels_equal_those_of_python_integers(seed):
    rng = np.random.default_rng(seed)
    network = IntegerPerceptron(
        hidden_weights=rng.integers(-128, 128, (7, 5), dtype=np.int8),
        hidden_biases=rng.integers(-9999, 9999, 5, dtype=np.int32),
        hidden_multipliers=rng.integers(0, 2**16, 5, dtype=np.uint16),
        hidden_shift=int(rng.integers(20, 28)),
        output_weights=rng.integers(-128, 128, (5, 3), dtype=np.int8),
        output_biases=rng.integers(-9999, 9999, 3, dtype=np.int32),
    )
    inputs = rng.integers(0, 256, (4, 7), dtype=np.uint8)
    weights = network.hidden_weights.T.tolist()
    exact = [
        [sum(x * w for x, w in zip(vector, column, strict=True)) for column in weights]
        for vector in inputs.tolist()
    ]
    assert network.psums(inputs).tolist() == exact
    assert network.predict(inputs).tolist() == exact_labels(network, np.array(exact))


def test_given_psums_replace_the_first_layer():
    network = perceptron()
    other = perceptron(hidden_weights=np.zeros((3, 2), dtype=np.int8))
    psums = np.random.default_rng(1).integers(-3000, 3000, (50, 2))
    labels = network.classify_from_psums(psums)
    assert len(set(labels.tolist())) > 1
    assert labels.tolist() == exact_labels(network, psums)
    np.testing.assert_array_equal(other.classify_from_psums(psums), labels)


def test_lowest_of_equal_labels_wins():
    network = perceptron(
        output_weights=np.zeros((2, 4), dtype=np.int8),
        output_biases=np.array([1, 5, 5, 5], dtype=np.int32),
    )
    assert network.predict(np.zeros((1, 3), dtype=np.uint8)).tolist() == [1]


def test_results_are_uint8_activations_and_int64_sums():
    network = perceptron()
    psums = network.psums(np.full((2, 3), 255, dtype=np.uint8))
    assert psums.dtype == np.int64
    assert network.hidden(psums).dtype == np.uint8
    assert network.logits(network.hidden(psums)).dtype == np.int64
    assert network.classify_from_psums(psums).dtype == np.int64


def test_members_cannot_be_replaced():
    with pytest.raises(dataclasses.FrozenInstanceError):
        perceptron().hidden_shift = 3


def zeros(dtype, *shape):
    return np.zeros(shape, dtype=dtype)


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("hidden_weights", zeros("f8", 3, 2), "be of 'int8', not 'float64'"),
        ("hidden_weights", zeros("i1", 3), "be 2-dimensional, not 1-dimensional"),
        ("hidden_weights", zeros("i1", 0, 2), "have shape (1, 2), not (0, 2)"),
        ("hidden_biases", zeros("i4", 3), "have shape (2,), not (3,)"),
        ("hidden_biases", zeros("i8", 2), "be of 'int32', not 'int64'"),
        ("hidden_biases", zeros(">i4", 2), "be of 'int32', not '>i4'"),
        ("hidden_multipliers", zeros("u2", 1), "have shape (2,), not (1,)"),
        ("hidden_shift", -1, "be between 0 and 46, not -1"),
        ("hidden_shift", 47, "be between 0 and 46, not 47"),
        ("output_weights", zeros("i1", 3, 4), "have shape (2, 4), not (3, 4)"),
        ("output_biases", zeros("i4", 4, 1), "be 1-dimensional, not 2-dimensional"),
    ],
)
def test_member_that_breaks_a_rule(key, value, rule):
    message = re.escape(f"'{key}' must {rule}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        perceptron(**{key: value})


def test_member_that_is_no_array():
    with pytest.raises(TypeError, match=r"^'output_biases' must be an array, not 'list'$"):
        perceptron(output_biases=[1, 2, 3, 4])


@pytest.mark.parametrize(
    ("method", "value", "message"),
    [
        ("predict", np.zeros((1, 4), dtype=int), "Inputs must have shape (1, 3), not (1, 4)"),
        ("predict", np.full((1, 3), 256), "Inputs must be between 0 and 255, not 256"),
        ("logits", np.full((1, 2), -1), "Activations must be between 0 and 255, not -1"),
        (
            "classify_from_psums",
            np.zeros((5, 3), dtype=int),
            "Psums must have shape (5, 2), not (5, 3)",
        ),
        (
            "classify_from_psums",
            np.full((1, 2), 2**45),
            "Psums must be between -35184372088831 and 35184372088831, not 35184372088832",
        ),
    ],
)
def test_value_that_breaks_a_rule(method, value, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        getattr(perceptron(), method)(value)


def test_psums_in_floats():
    message = r"^Psums must be an integer array, not an array of 'float64'$"
    with pytest.raises(TypeError, match=message):
        perceptron().classify_from_psums(np.zeros((1, 2)))
