"""What flows through a network while it is imported, and where it is called."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from torch import nn

from network.graph import FloatOperation, output_shape
from network.tensors import Shape


@dataclass(frozen=True)
class Value:
    """A tensor that flows through the network."""

    name: str
    """Name of the operation that computes it."""

    shape: Shape
    """Channels, height, width."""

    flat: bool
    """Whether torch sees a vector of channels * height * width numbers."""


@dataclass(frozen=True)
class Made:
    """What a call makes."""

    operation: FloatOperation
    value: Value
    """Its output."""

    in_place: bool
    """Whether the output takes the place of the first source."""


@dataclass(frozen=True)
class Site:
    """Where something is called."""

    name: str
    """Name that an operation made here bears."""

    subject: str
    """Beginning of an error message: what is called, and its path in the network."""

    path: str = ""
    """Path of the module."""

    def refuse(self, rule: str, value: object) -> NoReturn:
        """Raise the error of a broken rule."""
        raise ValueError(f"{self.subject} must {rule}, not {value!r}")

    def demand(self, what: str, value: object, wanted: object) -> None:
        """Check that a setting has the one value that is known."""
        if value != wanted:
            self.refuse(f"have {what} = {wanted!r}", value)

    def one(self, what: str, value: Any) -> int:
        """Return the number that holds for height and width alike."""
        both = tuple(value) if isinstance(value, Sequence) else (value,)
        if len(set(both)) != 1 or not isinstance(both[0], int):
            self.refuse(f"have one {what} for height and width", value)
        return both[0]

    def pair(self, what: str, value: Any) -> tuple[int, int]:
        """Return a number for height and one for width."""
        both = tuple(value) if isinstance(value, Sequence) else (value, value)
        if len(both) != 2 or not all(isinstance(side, int) for side in both):
            self.refuse(f"have a {what} of one or two numbers", value)
        return both[0], both[1]

    def map(self, value: object) -> Value:
        """Check that a call gets a map, not a vector."""
        x = self.tensor(value)
        if x.flat:
            raise ValueError(f"{self.subject} must get a map, not a flattened one")
        return x

    def tensor(self, value: object) -> Value:
        """Check that a call gets a tensor of the network."""
        if not isinstance(value, Value):
            self.refuse("get tensors that the network computes", type(value).__name__)
        return value

    def unflattened(self, x: Value) -> None:
        """Check that the numbers of a tensor stand in the order of its channels."""
        _, height, width = x.shape
        if x.flat and (height, width) != (1, 1):
            raise ValueError(
                f"{self.subject} must get one number per channel, "
                f"not a flattened map of {height} x {width} pixels"
            )

    def numbers(self, module: nn.Module, name: str) -> np.ndarray:
        """Return a parameter as float64."""
        values = getattr(module, name).detach().cpu().double().numpy()
        strange = values[~np.isfinite(values)]
        if strange.size:
            path = f"{self.path}.{name}".lstrip(".")
            raise ValueError(f"Parameter {path!r} must be finite, not {float(strange[0])!r}")
        return values

    def make(
        self, operation: FloatOperation, *sources: Value, flat: bool = False, in_place: bool = False
    ) -> Made:
        """Return an operation with its output, if it can be applied to its sources."""
        try:
            shape = output_shape(operation, *(source.shape for source in sources))
        except ValueError as error:
            raise ValueError(f"{self.subject}: {error}") from None
        return Made(operation, Value(self.name, shape, flat), in_place)
