"""Numbers that know their unit and where they come from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sourced:
    """A physical number with its unit and its source.

    A number that no publication gives has a source that starts with ``assumed:``; reports list
    these apart.
    """

    value: float
    unit: str
    source: str

    @property
    def assumed(self) -> bool:
        """Whether the number is a choice of ours rather than a published figure."""
        return self.source.lower().startswith("assumed:")
