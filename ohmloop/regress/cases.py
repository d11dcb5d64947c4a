"""The list of cases: which networks are run on which chips, and how."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hw_spec.check import one_of
from hw_spec.chip import first_problem, read_toml


class Case(BaseModel):
    """One network on one chip."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=100)]
    """Name under which results are filed."""

    network: Annotated[str, Field(min_length=1)]
    """``path.py:attribute`` or ``path.npz``; the path is relative to the folder of the list."""

    chip: Annotated[str, Field(min_length=1)]
    """Chip description; the path is relative to the folder of the list."""

    data: str = "digits"
    """Image set; see :func:`network.images.load`."""

    images: Annotated[int, Field(ge=1)] | None = None
    """Test images, from the first on; None: all."""

    engine: Literal["twin", "native"] = "native"
    flat: bool | None = None
    """Whether the whole tile is one model; None: if it is small enough. For `native`."""

    ideal: bool = False
    """Whether cells are ideal and converters lose nothing."""

    seed: Annotated[int, Field(ge=0)] = 1
    """Seed of all randomness of the chip."""

    limit_s: Annotated[int, Field(ge=1)] = 1800
    """Longest wall time, in seconds, builds included."""

    def settings(self) -> dict[str, Any]:
        """Return all that decides what the result is."""
        return self.model_dump(exclude={"name", "limit_s"})


def read_cases(path: Path) -> tuple[Case, ...]:
    """Return the cases of a list: a TOML file of tables ``[[case]]``.

    Raises
    ------
    ValueError
        If the file cannot be read or breaks a rule. One line.
    """
    tree = read_toml("Case list", path)
    tables = tree.pop("case", [])
    if tree or not isinstance(tables, list) or not tables:
        raise ValueError(f"Case list '{path}' must hold tables [[case]] and nothing else")
    cases = []
    for number, table in enumerate(tables, 1):
        try:
            cases.append(Case.model_validate(table))
        except ValidationError as error:
            problem = first_problem(error, Case)
            raise ValueError(f"Case list '{path}', case {number}: {problem}") from None
    names = [case.name for case in cases]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"Case list '{path}': names must differ, but {name!r} is given twice")
    return tuple(cases)


def choose(cases: Sequence[Case], text: str | None) -> tuple[Case, ...]:
    """Return the cases whose names contain a text, or all.

    Raises
    ------
    ValueError
        If there is none; the message names the nearest.
    """
    chosen = tuple(case for case in cases if text is None or text in case.name)
    if text is not None and not chosen:
        one_of("Case", text, [case.name for case in cases])
    return chosen
