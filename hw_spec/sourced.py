"""Numbers that know their unit and where they come from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sourced:
    """A physical number with its unit and its source.

    A number that no publication gives has a source that starts with ``assumed:``; reports list
    these apart.

    Raises
    ------
    ValueError
        If it has no unit or no source.
    """

    value: float
    unit: str
    """SI unit; ``1`` of a plain number."""

    source: str

    def __post_init__(self) -> None:
        if not self.unit:
            raise ValueError(f"Number {self.value!r} from {self.source!r} must have a unit")
        if not self.source.removeprefix("assumed:").strip():
            raise ValueError(f"Number {self.value!r} {self.unit} must have a source")

    @property
    def assumed(self) -> bool:
        """Whether the number is a choice of ours rather than a published figure."""
        return self.source.lower().startswith("assumed:")
