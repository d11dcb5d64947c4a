"""Chip descriptions: what stands in ``chips/*.toml``."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hw_spec.check import one_of
from hw_spec.macro import MacroSpec
from hw_spec.tile import TileSpec, TileTable

SETTING_RANGES = {"clock_period_s": (1e-12, 1e-3), "read_v": (1e-3, 10.0)}
"""Limits of the settings of a chip; beyond them a unit was mistaken."""


class Setting(BaseModel):
    """A physical number of a chip description; its unit is the end of its key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    value: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    """The number, in SI units."""

    source: Annotated[str, Field(min_length=1)]
    """Publication, or ``assumed: why``."""


class SarSettings(BaseModel):
    """What is not ideal about the SAR converters of a chip."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    capacitor_mismatch: Setting
    """Standard deviation of a unit capacitor, as a share of it; frozen."""

    comparator_noise: Setting
    """Standard deviation of the noise of one decision, in steps of the code."""


class ChipSpec(BaseModel):
    """One chip: its macro, its device and its operating point."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
    """Name under which results are filed."""

    source: Annotated[str, Field(min_length=1)]
    """Publication the chip follows."""

    device: Annotated[str, Field(min_length=1)]
    """Name of a device preset; the presets stand in ``behavioral/device.py``."""

    node_nm: Annotated[int, Field(ge=5, le=250)]
    """Technology node, in nanometres."""

    clock_period_s: Setting
    """Period of the one clock, in seconds. An array read lasts one conversion."""

    read_v: Setting
    """Read voltage across a driven cell, in volts."""

    sar: SarSettings | None = None
    """Errors of the converters; given exactly if ``macro.adc.kind`` is ``sar``."""

    macro: MacroSpec
    """The macro all arrays of the chip are made of."""

    tile: TileTable | None = None
    """What surrounds the macros, for chips that run whole networks."""

    @model_validator(mode="after")
    def _settings_are_sane(self) -> Self:
        if (self.sar is not None) != (self.macro.adc.kind == "sar"):
            raise ValueError(
                f"table 'sar' must be given with macro.adc.kind 'sar' and only then, "
                f"not {'left out' if self.sar is None else 'given'} with {self.macro.adc.kind!r}"
            )
        for key, (low, high) in SETTING_RANGES.items():
            value = getattr(self, key).value
            if not low <= value <= high:
                raise ValueError(f"{key} must be between {low:g} and {high:g}, not {value:g}")
        if self.tile is not None:
            self.tile_spec()
        return self

    def tile_spec(self) -> TileSpec:
        """Return the tile, whose macros are those of the chip but take a vector in one beat.

        Raises
        ------
        ValueError
            If the chip has no tile, or the macro does not suit one.
        """
        if self.tile is None:
            raise ValueError(f"Chip '{self.name}' must have a table 'tile' to run a network")
        macro = self.macro.model_copy(update={"beat_rows": self.macro.rows})
        return TileSpec(macro=macro, table=self.tile)

    def lossless(self) -> Self:
        """Return the same chip with an ADC that loses nothing."""
        return self.model_copy(update={"macro": self.macro.lossless()})


def read_chip(path: Path) -> ChipSpec:
    """Read a chip description.

    Raises
    ------
    ValueError
        If the file cannot be read, is no TOML, or breaks a rule. One line: file, key, rule, value.
    """
    tree = read_toml("Chip file", path)
    try:
        return ChipSpec.model_validate(tree)
    except ValidationError as error:
        raise ValueError(f"Chip file '{path}': {first_problem(error, ChipSpec)}") from None


def read_toml(subject: str, path: Path) -> dict[str, Any]:
    """Return what stands in a TOML file.

    Raises
    ------
    ValueError
        If it cannot be read, or is no TOML. One line, which begins with ``subject``.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise ValueError(f"{subject} {str(path)!r} cannot be read: {reason}") from None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also numbers and nesting beyond Python's limits
        raise ValueError(f"{subject} '{path}' is not valid TOML: {error}") from None


def first_problem(error: ValidationError, model: type[BaseModel]) -> str:
    """Return the first rule of ``model`` that was broken, in our words: key, rule, value."""
    # A misspelt key also leaves its right spelling missing: speak of the misspelt one.
    problem: Any = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    keys = [str(part) for part in problem["loc"]]
    key = ".".join(keys)
    if problem["type"] == "extra_forbidden":
        owner: Any = model
        for part in keys[:-1]:
            annotation = owner.model_fields[part].annotation
            # A table that may be left out is a table or None.
            owner = next(iter(get_args(annotation)), annotation)
        try:
            one_of("key", keys[-1], owner.model_fields)
        except ValueError as unknown:
            return f"in [{'.'.join(keys[:-1]) or 'top level'}] {unknown}"
    if problem["type"] == "missing":
        return f"key '{key}' is missing"
    if problem["type"] == "value_error":
        return f"in [{key or 'top level'}] {problem['ctx']['error']}"
    rule = re.sub(r"^(Input|String|List|Tuple|Dictionary|Set) should ", "", problem["msg"])
    return f"'{key}' must {rule}, not {problem['input']!r}"
