"""The exact integer network, and the file it is kept in."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile

from hw_spec import check
from hw_spec.numbers import requantise
from network.place import integer_matrix, typed_array

ACTIVATION_BITS = 8
TOP_ACTIVATION = 2**ACTIVATION_BITS - 1
"""Largest input or activation; both are unsigned."""

TOP_PSUM = 2**45 - 1
"""Largest size of a psum: with a 32-bit bias and a 16-bit multiplier it stays within 63 bits."""

FORMAT_VERSION = 1
"""Version of the checkpoint; counts up when a key is added, dropped or changes its meaning."""


@dataclass(frozen=True, kw_only=True, eq=False)
class IntegerPerceptron:
    """Two dense layers in integers: what an ideal chip computes, bit for bit.

    Raises
    ------
    TypeError
        If a member is no array.
    ValueError
        If a member breaks the dtype, shape or range given with it.
    """

    hidden_weights: np.ndarray
    """Weights of the first layer; int8, shape (inputs, hidden)."""

    hidden_biases: np.ndarray
    """Biases of the first layer, in psum units; int32, shape (hidden,)."""

    hidden_multipliers: np.ndarray
    """Multipliers that turn psums into activations; uint16, shape (hidden,)."""

    hidden_shift: int
    """Right shift after the multiplication, common to all channels, from 0 to 46."""

    output_weights: np.ndarray
    """Weights of the last layer, one scale for all channels; int8, shape (hidden, outputs)."""

    output_biases: np.ndarray
    """Biases of the last layer, in psum units; int32, shape (outputs,)."""

    def __post_init__(self) -> None:
        _, hidden = typed_array("hidden_weights", self.hidden_weights, np.int8, (None, None))
        typed_array("hidden_biases", self.hidden_biases, np.int32, (hidden,))
        typed_array("hidden_multipliers", self.hidden_multipliers, np.uint16, (hidden,))
        check.integer("'hidden_shift'", self.hidden_shift, 0, 46)
        _, outputs = typed_array("output_weights", self.output_weights, np.int8, (hidden, None))
        typed_array("output_biases", self.output_biases, np.int32, (outputs,))

    def psums(self, inputs: np.ndarray) -> np.ndarray:
        """Return the exact psums of inputs from 0 to 255; int64, shape (vectors, hidden)."""
        width = len(self.hidden_weights)
        inputs = integer_matrix("Inputs", inputs, low=0, high=TOP_ACTIVATION, width=width)
        return inputs @ self.hidden_weights

    def hidden(self, psums: np.ndarray) -> np.ndarray:
        """Return the activations that follow from psums of the first layer.

        Parameters
        ----------
        psums : ndarray of any integer type, shape (vectors, hidden)
            Psums, exact or as measured on a chip, within ``TOP_PSUM``.

        Returns
        -------
        ndarray of uint8, shape (vectors, hidden)
            Activations as :func:`hw_spec.numbers.requantise` gives them.
        """
        width = len(self.hidden_biases)
        psums = integer_matrix("Psums", psums, low=-TOP_PSUM, high=TOP_PSUM, width=width)
        activations = requantise(
            psums,
            bias=self.hidden_biases.astype(np.int64),
            multiplier=self.hidden_multipliers.astype(np.int64),
            shift=self.hidden_shift,
            bits=ACTIVATION_BITS,
        )
        return activations.astype(np.uint8)

    def logits(self, hidden: np.ndarray) -> np.ndarray:
        """Return the biased psums of the last layer; int64, shape (vectors, outputs).

        All channels share one scale, so logits compare with each other as they are.
        """
        width = len(self.output_weights)
        hidden = integer_matrix("Activations", hidden, low=0, high=TOP_ACTIVATION, width=width)
        return hidden @ self.output_weights + self.output_biases

    def classify_from_psums(self, psums: np.ndarray) -> np.ndarray:
        """Return the labels that follow from psums of the first layer; int64, shape (vectors,).

        Where logits are equal, the lowest label wins.
        """
        return self.logits(self.hidden(psums)).argmax(axis=1)

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return the labels of inputs from 0 to 255; int64, shape (vectors,)."""
        return self.classify_from_psums(self.psums(inputs))


@dataclass(frozen=True, kw_only=True, eq=False)
class Checkpoint:
    """A network and how well it did on the test images, each accuracy from 0 to 1."""

    network: IntegerPerceptron
    float_accuracy: float
    integer_accuracy: float

    def __post_init__(self) -> None:
        for key in ("float_accuracy", "integer_accuracy"):
            if not 0 <= getattr(self, key) <= 1:
                raise ValueError(f"'{key}' must be between 0 and 1, not {getattr(self, key)!r}")


def save(
    path: Path, network: IntegerPerceptron, *, float_accuracy: float, integer_accuracy: float
) -> None:
    """Write a checkpoint; the same network and accuracies give the same bytes.

    The members are stored uncompressed, so the bytes do not depend on a compression library, and
    numpy stamps them all with the first of January 1980.
    """
    accuracies = {
        "float_accuracy": float(float_accuracy),
        "integer_accuracy": float(integer_accuracy),
    }
    checkpoint = Checkpoint(network=network, **accuracies)
    members: dict[str, Any] = asdict(checkpoint)
    with path.open("wb") as file:
        np.savez(file, format_version=FORMAT_VERSION, **members.pop("network"), **members)


def load(path: Path) -> Checkpoint:
    """Read a checkpoint without running anything that stands in it.

    Raises
    ------
    ValueError
        If the file cannot be read or breaks a rule. One line: file, key, rule, value.
    """
    try:
        with path.open("rb") as file, NpzFile(file, allow_pickle=False) as archive:
            members = dict(archive)
    except Exception as error:  # a damaged archive fails in a dozen ways, all of them meaning this
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise ValueError(f"Checkpoint '{path}' cannot be read: {reason}") from None
    try:
        return _checkpoint(members)
    except (TypeError, ValueError) as error:
        raise ValueError(f"Checkpoint '{path}': {error}") from None


def _checkpoint(members: dict[str, Any]) -> Checkpoint:
    version = _scalar(members, "format_version", np.int64)
    if version != FORMAT_VERSION:
        raise ValueError(f"'format_version' must be {FORMAT_VERSION}, not {version}")
    keys = [field.name for field in fields(IntegerPerceptron)]
    known = ["format_version", *keys, "float_accuracy", "integer_accuracy"]
    for key in members:
        check.one_of("key", key, known)
    shift = _scalar(members, "hidden_shift", np.int64)
    arrays = {key: _member(members, key) for key in keys}
    return Checkpoint(
        network=IntegerPerceptron(**arrays | {"hidden_shift": shift}),
        float_accuracy=_scalar(members, "float_accuracy", np.float64),
        integer_accuracy=_scalar(members, "integer_accuracy", np.float64),
    )


def _member(members: dict[str, Any], key: str) -> Any:
    if key not in members:
        raise ValueError(f"key '{key}' is missing")
    return members[key]


def _scalar(members: dict[str, Any], key: str, dtype: type) -> Any:
    value = _member(members, key)
    typed_array(key, value, dtype, ())
    return value.item()
