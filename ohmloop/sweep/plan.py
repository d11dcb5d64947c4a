"""What a sweep varies: files in ``sweeps/``."""

import re
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hw_spec.chip import first_problem, read_toml

STRICT = ConfigDict(frozen=True, extra="forbid", strict=True)
Model = TypeVar("Model", bound=BaseModel)


class Settings(BaseModel):
    """What all points of a sweep have in common."""

    model_config = STRICT

    title: Annotated[str, Field(min_length=1)]
    network: Annotated[str, Field(min_length=1)]
    """``path.py:attribute`` or ``path.npz``; the path is relative to the folder of the file."""

    chip: Annotated[str, Field(min_length=1)]
    """Chip description that is varied; the path is relative to the folder of the file."""

    data: str = "digits"
    """Image set; see :func:`network.images.load`."""

    images: Annotated[int, Field(ge=1)] | None = None
    """Test images for the accuracy, from the first on; None: all."""

    energy_images: Annotated[int, Field(ge=1)] = 1
    """Test images whose energy is counted, from the first on."""

    calibration_images: Annotated[int, Field(ge=0)]
    """Training images on which the converters of each point are calibrated; 0: they stay as they
    are described."""

    seed: Annotated[int, Field(ge=0)] = 1
    """Seed of all randomness of the chips."""


class Value(BaseModel):
    """One value of an axis."""

    model_config = STRICT

    name: Annotated[str, Field(pattern=r"^[\w .,()/%x-]*[A-Za-z0-9][\w .,()/%x-]*$", max_length=40)]
    chip: dict[str, Any] = {}
    """What it changes in the chip description, as a table of the same form."""


class Axis(BaseModel):
    """What is varied, independently of the other axes."""

    model_config = STRICT

    name: Annotated[str, Field(pattern=r"^[A-Za-z][\w ,-]*$", max_length=40)]
    values: Annotated[list[Value], Field(min_length=1)]


@dataclass(frozen=True, kw_only=True)
class Point:
    """One chip of a sweep."""

    name: str
    """Name under which its result is filed."""

    place: dict[str, str]
    """Names of its values by those of the axes."""

    changes: dict[str, Any]
    """What differs from the chip description."""


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A network on every combination of some values."""

    name: str
    settings: Settings
    axes: tuple[Axis, ...]

    def changed(self, **settings: Any) -> "Sweep":
        """Return the sweep with some settings of other values; None leaves one as it is."""
        given = {key: value for key, value in settings.items() if value is not None}
        return replace(self, settings=self.settings.model_copy(update=given))

    def points(self) -> tuple[Point, ...]:
        """Return all combinations; the last axis changes fastest."""
        found = []
        for values in product(*(axis.values for axis in self.axes)):
            place = {axis.name: one.name for axis, one in zip(self.axes, values, strict=True)}
            changes: dict[str, Any] = {}
            for one in values:
                changes = merged(changes, one.chip)
            name = "_".join(f"{_slug(axis)}-{_slug(value)}" for axis, value in place.items())
            found.append(Point(name=name, place=place, changes=changes))
        return tuple(found)


def merged(tree: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return a tree with changes: tables are merged, all else is replaced."""
    found = dict(tree)
    for key, value in changes.items():
        old = found.get(key)
        both_tables = isinstance(old, dict) and isinstance(value, dict)
        found[key] = merged(found[key], value) if both_tables else value
    return found


def read_sweep(path: Path) -> Sweep:
    """Return the sweep of a file, named after it.

    Raises
    ------
    ValueError
        If the file cannot be read or breaks a rule. One line.
    """
    tree = read_toml("Sweep file", path)
    place = f"Sweep file '{path}'"
    tables = tree.pop("axis", [])
    if not isinstance(tables, list) or not tables:
        raise ValueError(f"{place} must have one table [[axis]] or more")
    settings = _valid(Settings, tree, place)
    axes = tuple(_axis(table, f"{place}, axis {at}") for at, table in enumerate(tables, 1))
    for name in (named := [axis.name for axis in axes]):
        if named.count(name) > 1:
            raise ValueError(f"{place}: axes must differ in name, but '{name}' is given twice")
    sweep = Sweep(name=path.stem, settings=settings, axes=axes)
    names = [point.name for point in sweep.points()]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{place}: points must differ in name, but '{name}' is given twice")
    return sweep


def _axis(table: Any, place: str) -> Axis:
    if isinstance(table, dict) and isinstance(table.get("values"), list):
        # One by one, because a rule that is broken deep inside would not be told by its place.
        for at, value in enumerate(table["values"], 1):
            _valid(Value, value, f"{place}, value {at}")
    return _valid(Axis, table, place)


def _valid(model: type[Model], table: Any, place: str) -> Model:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise ValueError(f"{place}: {first_problem(error, model)}") from None


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.")
