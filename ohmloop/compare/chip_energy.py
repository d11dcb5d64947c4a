"""The energy of a whole chip, as far as a comparison reads it from a report."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

STRICT = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)


class Joules(BaseModel):
    """Energy by what took it."""

    model_config = STRICT

    leakage: float = Field(ge=0)


class Area(BaseModel):
    """Area of the chip."""

    model_config = STRICT

    total_m2: float = Field(gt=0)


class ChipEnergy(BaseModel):
    """Of all images of a run; what else stands there is let pass."""

    model_config = STRICT

    images: int = Field(ge=1)
    seconds: float = Field(gt=0)
    total_j: float = Field(gt=0)
    joules: Joules
    area: Area


class _Run(BaseModel):
    energy: ChipEnergy | None = None


class _Report(BaseModel):
    runs: tuple[_Run]


def read_chip_energy(path: Path) -> ChipEnergy | None:
    """Return the energy of the chip from the report of a network; None if it was not counted.

    Raises
    ------
    ValueError
        If it is damaged. One line.
    """
    try:
        return _Report.model_validate_json(path.read_bytes()).runs[0].energy
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise ValueError(f"Report file '{path}' is damaged: {where}: {problem['msg']}") from None
