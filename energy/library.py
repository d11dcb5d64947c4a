"""What a cell library says of its cells, in SI units; made by ``energy/liberty.py``."""

from dataclasses import dataclass, field

import numpy as np

from energy.boolean import Function


@dataclass(frozen=True)
class Table:
    """A figure over the slew of an input and the load of an output."""

    slew_s: np.ndarray
    """float64, shape (n,), rising; of one entry if the figure does not depend on it. Of a
    constraint: slew of the related pin, which is the clock."""

    across: np.ndarray
    """float64, shape (m,), rising: load in farads; of one entry if the figure does not depend on
    it. Of a constraint: slew of the constrained pin, in seconds."""

    values: np.ndarray
    """float64, shape (n, m): seconds of a timing arc or constraint, joules of a power arc."""


@dataclass(frozen=True)
class TimingArc:
    """Delay and slew of an output pin after a change of another pin. No table: no such edge."""

    related_pin: str
    kind: str
    """``timing_type`` of Liberty; ``combinational``, or ``rising_edge`` of a flop's clock."""
    sense: str
    """``positive_unate``, ``negative_unate`` or ``non_unate``."""
    when: Function | None
    delay_rise_s: Table | None
    delay_fall_s: Table | None
    slew_rise_s: Table | None
    slew_fall_s: Table | None


@dataclass(frozen=True)
class Constraint:
    """How long a pin must hold still before or after another one changes."""

    related_pin: str
    kind: str
    """``setup_rising``, ``setup_falling``, ``hold_rising`` or ``hold_falling``."""
    rise_s: Table | None
    fall_s: Table | None


@dataclass(frozen=True)
class PowerArc:
    """Energy inside a cell at one change of a pin; of an output without that of its load."""

    related_pin: str | None
    """Of an output: the input that made it change; None: any."""
    when: Function | None
    rise_j: Table
    fall_j: Table


@dataclass(frozen=True)
class Pin:
    """A signal pin of a cell."""

    name: str
    direction: str
    """``input``, ``output`` or ``inout``."""
    clock: bool
    rise_f: float
    """Capacitance while it rises, in farads; zero of outputs."""
    fall_f: float
    max_load_f: float | None
    role: str | None
    """Of a clock gate: ``clock``, ``enable``, ``test`` or ``out``."""
    function: Function | None
    """Of an output: in terms of input pins, or of the state of a flop; None where unknown."""
    timing: tuple[TimingArc, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    power: tuple[PowerArc, ...] = ()


@dataclass(frozen=True)
class Flop:
    """How a cell keeps its state."""

    state: str
    """Name of the state in functions."""
    inverse: str
    """Name of its inverse in functions."""
    clocked_on: Function
    next_state: Function
    clear: Function | None
    preset: Function | None


@dataclass(frozen=True)
class Leakage:
    """Power that a cell leaks in some states of its pins."""

    when: Function
    power_w: float


@dataclass(frozen=True)
class Cell:
    """A cell of the library."""

    name: str
    area_m2: float
    leakage_w: float
    """Where no entry of ``leakages`` applies."""
    leakages: tuple[Leakage, ...]
    pins: dict[str, Pin]
    """By name, in the order of the library; supply pins and nodes inside are left out."""
    flop: Flop | None = None
    clock_gate: str | None = None
    """``clock_gating_integrated_cell`` of Liberty, such as ``latch_posedge``."""
    latch: bool = False
    dont_use: bool = False
    """Whether the library keeps it from being used in mapping."""

    @property
    def inputs(self) -> tuple[Pin, ...]:
        """Input pins, in order."""
        return tuple(pin for pin in self.pins.values() if pin.direction == "input")

    @property
    def outputs(self) -> tuple[Pin, ...]:
        """Output pins, in order."""
        return tuple(pin for pin in self.pins.values() if pin.direction == "output")


@dataclass(frozen=True)
class Library:
    """A cell library at one corner."""

    name: str
    source: str
    """Where its figures come from."""
    voltage_v: float
    temperature_c: float
    process: float
    cells: dict[str, Cell] = field(repr=False)
