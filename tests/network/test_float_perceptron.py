"""The float network that network/quantise.py starts from."""

import re

import numpy as np
import pytest

from network.quantise import FloatPerceptron


def perceptron(**changed):
    members = {
        "hidden_weights": np.array([[1.0, -1.0], [0.5, 2.0]]),
        "hidden_biases": np.array([0.0, 0.25]),
        "output_weights": np.array([[1.0, -1.0], [0.5, 0.25]]),
        "output_biases": np.array([0.0, 0.1]),
    }
    return FloatPerceptron(**members | changed)


def test_inputs_from_0_to_255_mean_0_to_1():
    # by hand: 1 - 0.5 * 0; -1 + 0.25 is below zero; 0.5 * 51/255, 2 * 51/255 + 0.25
    hidden = perceptron().hidden(np.array([[255, 0], [0, 51]]))
    np.testing.assert_allclose(hidden, [[1.0, 0.0], [0.1, 0.65]], atol=1e-12)


def test_label_is_that_of_the_largest_logit():
    # by hand: logits 1 and -0.9; 0.425 and 0.1625; 0 + 0.125 and 0.1 + 0.0625
    inputs = np.array([[255, 0], [0, 51], [0, 0]])
    assert perceptron().predict(inputs).tolist() == [0, 0, 1]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
def test_any_float_type_is_taken(dtype):
    network = perceptron(hidden_weights=np.array([[1.0, -1.0], [0.5, 2.0]], dtype=dtype))
    assert network.hidden(np.array([[255, 0]])).tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"hidden_weights": np.array([[1.0, np.nan], [0.0, 0.0]])},
            "'hidden_weights' must be between -1000000.0 and 1000000.0, not nan",
        ),
        (
            {"output_biases": np.array([0.0, -np.inf])},
            "'output_biases' must be between -1000000.0 and 1000000.0, not -inf",
        ),
        (
            {"output_weights": np.full((2, 2), 1e7)},
            "'output_weights' must be between -1000000.0 and 1000000.0, not 10000000.0",
        ),
        (
            {"hidden_weights": np.zeros(2)},
            "'hidden_weights' must be 2-dimensional, not 1-dimensional",
        ),
        (
            {"hidden_weights": np.zeros((0, 2))},
            "'hidden_weights' must have shape (1, 2), not (0, 2)",
        ),
        ({"hidden_biases": np.zeros(3)}, "'hidden_biases' must have shape (2,), not (3,)"),
        (
            {"output_weights": np.zeros((3, 2))},
            "'output_weights' must have shape (2, 2), not (3, 2)",
        ),
        (
            {"output_biases": np.zeros((1, 2))},
            "'output_biases' must be 1-dimensional, not 2-dimensional",
        ),
    ],
)
def test_member_that_breaks_a_rule(changed, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        perceptron(**changed)


@pytest.mark.parametrize(
    ("value", "what"), [(np.zeros((2, 2), dtype=int), "of 'int64'"), ([[1.0, 2.0]], "'list'")]
)
def test_member_that_is_no_array_of_floats(value, what):
    message = re.escape(f"'hidden_weights' must be an array of floats, not {what}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        perceptron(hidden_weights=value)
