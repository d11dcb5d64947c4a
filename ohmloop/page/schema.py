"""``report.json`` as :mod:`ohmloop.report` and :mod:`ohmloop.network_report` write it."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, JsonValue, ValidationError

from energy.blocks import CORE_BLOCKS
from hw_spec.chip import ChipSpec
from ohmloop.network_case import NetworkCase
from ohmloop.page.chip_schema import ChipEnergy
from ohmloop.page.holding import holding
from ohmloop.page.parts import (
    SCHEMA_VERSION,
    STRICT,
    Amount,
    BenchEnergy,
    BenchLayer,
    Check,
    Count,
    Cycles,
    NetworkLayer,
    Number,
    Share,
)

Label = Annotated[int, Field(ge=0, lt=1_000_000)]
"""Number of a class; a histogram has a bar for each up to the highest."""


class Run(BaseModel):
    """What the runs of a bench and that of a network have in common."""

    model_config = STRICT

    chip: str
    chip_description: ChipSpec
    """The chip as simulated."""

    source: str
    case: str
    device: str
    node_nm: Count
    macro: dict[str, JsonValue]
    rtl_hash: str | None
    outputs_hash: str
    checks: tuple[Check, ...]
    wall_s: Amount
    build_s: Amount
    cycles_per_s: Amount | None


class BenchRun(Run):
    """A bench on a chip."""

    accuracy: Share | None
    wrong_psums: Count
    psum_error: Amount
    layers: Annotated[tuple[BenchLayer, ...], Field(min_length=1, max_length=1)]
    flip_flops: Count
    toggles: dict[str, Count]
    energy: BenchEnergy


class NetworkRun(Run):
    """A network on a chip."""

    read_noise: bool
    chip_hash: str
    tile: dict[str, JsonValue]
    mode: str
    mapping: str
    pes: Count
    macros: Count
    utilisation: Share
    macs: Count
    core_toggles: Annotated[dict[str, Count], holding(CORE_BLOCKS)] | None
    """By what the registers of the core do."""
    wrong_outputs: Count
    labels: Annotated[tuple[Label, ...], Field(min_length=1)]
    cycles: Cycles
    layers: Annotated[tuple[NetworkLayer, ...], Field(min_length=1)]
    toggles: Count | None
    simulated_cycles: Count
    energy: ChipEnergy | None
    """None until gates are counted."""


class BenchAccuracy(BaseModel):
    """How well a network reads without a chip, where the bench has images."""

    model_config = STRICT

    float_test_set: Share
    integer_test_set: Share
    integer: Share
    images: Count


class NetworkAccuracy(BaseModel):
    """How well a network reads: in floating point, in integers, and on the chip."""

    model_config = STRICT

    float: Share | None
    integer: Share
    chip: Share
    images: Count


class Report(BaseModel):
    """What all reports have in common."""

    model_config = STRICT

    schema_version: Literal[2]
    engine: str
    seed: Count
    passed: bool
    outputs_hash: str
    numbers: tuple[Number, ...]
    tools: dict[str, str]
    wall_s: Amount


class BenchReport(Report):
    """What ``ohmloop sim`` and ``ohmloop layer`` leave."""

    bench: str
    accuracy: BenchAccuracy | None
    runs: Annotated[tuple[BenchRun, ...], Field(min_length=1)]


class NetworkReport(Report):
    """What ``ohmloop run`` leaves."""

    network: str
    data: str
    case: NetworkCase
    """What was asked for."""

    accuracy: NetworkAccuracy
    runs: Annotated[tuple[NetworkRun, ...], Field(min_length=1, max_length=1)]


def read_report(path: Path) -> BenchReport | NetworkReport:
    """Read a report and hold it to its schema.

    Raises
    ------
    ValueError
        If the file cannot be read, is of another version, or is no report. One line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"Report file '{path}' cannot be read: {error.strerror}") from None
    try:
        begun = _Begun.model_validate_json(data)
        version = begun.schema_version
        if isinstance(version, int) and version != SCHEMA_VERSION:
            raise ValueError(
                f"Report file '{path}' must have the version {SCHEMA_VERSION} of this Ohmloop, not "
                f"{version}; run it again"
            )
        kind = BenchReport if begun.network is None else NetworkReport
        return kind.model_validate_json(data)
    except ValidationError as error:
        problem: Any = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"]) or "file"
        raise ValueError(f"Report file '{path}' is damaged: {where}: {problem['msg']}") from None


class _Begun(BaseModel):
    """What tells whether a report can be read, and whether it is that of a network."""

    schema_version: JsonValue = None
    network: JsonValue = None
