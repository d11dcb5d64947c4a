"""A rule for the tables of a report: what must be in them."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from pydantic import AfterValidator

Table = TypeVar("Table", bound=Mapping[str, float])


def holding(names: Iterable[str]) -> AfterValidator:
    """Return the rule that a table has entries of these names; it may have others."""
    wanted = tuple(names)

    def check(table: Table) -> Table:
        for name in wanted:
            if name not in table:
                raise ValueError(f"must have an entry '{name}'")
        return table

    return AfterValidator(check)
