"""What is recorded of a case, and the file that holds the records of all."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ohmloop.report import write_report


class Layer(BaseModel):
    """What is recorded of one step of a network.

    What the hashes are stands in :class:`cosim.tile.fingerprint.Fingerprint`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    kind: str
    macros: int
    vectors: int
    """Vectors that each of its macros converts, of one image."""

    predicted_cycles: int
    measured_cycles: int | None
    """As the event counters of the RTL tell it; None where there is no RTL of the tile."""

    toggles: int | None
    """Of the registers of its macros, or of all where they are known by step; None: not counted."""

    outputs: str
    """Hashes of the output of each image."""

    psums_by_vector: str
    """Hashes of the psums at each position."""

    psums_by_macro: dict[int, str]
    """Hashes of the psums of each macro."""


class Record(BaseModel):
    """What is recorded of one case. It holds no times, so equal results give equal records."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    settings: dict[str, str | int | bool | None]
    """What the list says about the case."""

    chip_hash: str
    rtl_hash: str | None
    accuracy: float
    """Share of the images recognised, from 0 to 1."""

    outputs_hash: str
    toggles: int | None
    """Of all registers that are counted."""

    layers: tuple[Layer, ...]


class Golden(BaseModel):
    """The records of all cases."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    schema_version: Literal[1] = 1
    cases: dict[str, Record] = {}
    """By the name of the case."""


def read_golden(path: Path) -> Golden:
    """Return the records of a file; none if there is no file.

    Raises
    ------
    ValueError
        If the file cannot be read or breaks a rule. One line.
    """
    try:
        return Golden.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Golden()
    except OSError as error:
        raise ValueError(f"Record file '{path}' cannot be read: {error.strerror}") from None
    except ValidationError as error:
        problem: Any = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"]) or "file"
        raise ValueError(f"Record file '{path}' is damaged: {where}: {problem['msg']}") from None


def write_golden(path: Path, golden: Golden) -> None:
    """Write the records, whole or not at all; the same records give the same bytes."""
    write_report(path, golden.model_dump(mode="json"))
