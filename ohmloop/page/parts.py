"""The parts of ``report.json``: checks, numbers, layers, energies."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cosim.tile.events import Events
from energy.blocks import FIXED
from energy.power.power import CAUSES
from ohmloop.page.holding import holding

STRICT = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)
"""Keys that no section shows are let pass."""

SCHEMA_VERSION = 2
"""Version of what a run leaves; raised when an older report cannot be shown as a newer one."""

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]

Codes = Annotated[tuple[Count, ...], Field(min_length=2)]
"""How often each code of the converters occurred, from the lowest."""


class Check(BaseModel):
    """What had to hold, and whether it did."""

    model_config = STRICT

    name: str
    passed: bool
    detail: str


class Number(BaseModel):
    """A physical number that the result rests on."""

    model_config = STRICT

    name: str
    value: float
    unit: str
    source: str
    assumed: bool


class Cycles(BaseModel):
    """Clock cycles; None where there was no prediction, or no clock."""

    model_config = STRICT

    predicted: Count | None
    measured: Count | None


class PerVector(BaseModel):
    """Cycles from one vector to the next; measured ones as far as they differ."""

    model_config = STRICT

    predicted: Count
    measured: tuple[Count, ...]


class BenchLayer(BaseModel):
    """The one layer of a bench."""

    model_config = STRICT

    name: str
    vectors: Count
    cycles: Cycles
    cycles_per_vector: PerVector
    conversions: Count
    adc_codes: Codes


class DigitalEnergy(BaseModel):
    """Energy of the registers over a run, in joules."""

    model_config = STRICT

    clock_j: Amount
    toggle_j: Amount
    leakage_j: Amount
    total_j: Amount
    left_out: tuple[str, ...]


class AnalogEnergy(BaseModel):
    """Energy of arrays, converters and lines over a run, in joules."""

    model_config = STRICT

    array_j: Amount
    converters_j: Amount
    row_inputs_j: Amount
    word_lines_j: Amount
    multiplexers_j: Amount
    total_j: Amount
    left_out: tuple[str, ...]


class Scaled(BaseModel):
    """Gates at the node of the chip."""

    model_config = STRICT

    node_nm: Count
    total_j: Amount
    area_m2: Amount
    source: str


class MappedBlock(BaseModel):
    """A block in cells, at the node of the library."""

    model_config = STRICT

    library: str
    library_source: str
    voltage_v: Amount
    node_nm: Count
    cells: Count
    flip_flops: Count
    clock_gates: Count
    area_m2: Amount
    wire_f: Amount
    shortest_period_s: Amount
    critical_path: tuple[str, str]


class GatesEnergy(MappedBlock):
    """Energy of the gates over a run, in joules, as ``ohmloop energy`` counts it."""

    cycles: Count
    causes_j: Annotated[dict[str, Amount], holding(CAUSES)]
    clock_port_j: Amount
    input_ports_j: Amount
    total_j: Amount
    coverage: Share
    scaled: Scaled
    left_out: tuple[str, ...]


class BenchEnergy(BaseModel):
    """Digital and analog energy, never added up: they leave out different things."""

    model_config = STRICT

    digital: DigitalEnergy
    analog: AnalogEnergy
    gates: GatesEnergy | None = None
    """None as long as nobody asked for it."""


class StepEnergy(BaseModel):
    """Energy of the macros of a step, of all images; None: nothing counted it, or no macros."""

    model_config = STRICT

    analog: AnalogEnergy | None


class StepEvents(BaseModel):
    """Where the cycles of a step go, of one image."""

    model_config = STRICT

    predicted: Events
    measured: Events | None


class StepToggles(BaseModel):
    """Register bit toggles of the PEs of a step, of all images; None: not counted."""

    model_config = STRICT

    macros: Count | None
    logic: Count | None
    blocks: Annotated[dict[str, Count], holding(FIXED)] | None


class NetworkLayer(BaseModel):
    """A step of the program of a network."""

    model_config = STRICT

    name: str
    kind: str
    engine: str | None
    macros: Count
    pes: Count
    chains: Count
    copies: Count
    vectors: Count
    window: Count
    cycles: Cycles
    events: StepEvents
    adc_busy: Share
    adc_codes: Codes | None
    """Of all images; None without macros."""

    neurosim_cycles: Amount | None
    toggles: StepToggles
    energy: StepEnergy
