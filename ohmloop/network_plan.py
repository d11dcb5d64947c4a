"""What is known of a compiled network before it runs."""

from collections.abc import Mapping
from dataclasses import dataclass

from cosim.tile.events import Events, predicted_events
from hw_spec.program import Setting
from network.compiled import Compiled, Step
from network.convolution import Convolution
from network.integer import IntegerNetwork
from network.neurosim import adc_cycles


@dataclass(frozen=True, kw_only=True)
class StepPlan:
    """One operation of the program. Cycles are those of one image; they do not depend on data."""

    name: str
    """Operation of the network."""

    kind: str
    """``matrix``, ``sum`` or ``maximum``."""

    engine: str
    """Engine of its macros."""

    macros: int
    """Macros that take part, of all copies; 0 of an operation of the vector unit."""

    pes: int
    chains: int
    """PEs at the end of a chain, which have a result."""

    window: int
    """Vectors of a pooling window; 1 without pooling."""

    copies: int
    vectors: int
    """Positions of each copy: the vectors that each macro converts."""

    predicted: Events

    neurosim_cycles: float | None
    """Cycles of the converters by the convention of 3D+NeuroSim; None without macros."""

    @property
    def adc_busy(self) -> float:
        """Share of its cycles in which the converters of the layer are busy."""
        return self.predicted.converting / self.predicted.cycles


def plan(
    compiled: Compiled, network: IntegerNetwork, engines: Mapping[str, str]
) -> tuple[StepPlan, ...]:
    """Return what is known of each step, in the order in which they run."""
    return tuple(
        StepPlan(
            name=step.name,
            kind=step.kind.name.lower(),
            engine=engines[step.name],
            macros=sum(compiled.pes[pe].macros for pe in step.pes),
            pes=len(step.pes),
            chains=sum(compiled.pes[pe].ends for pe in step.pes),
            window=step.window,
            copies=step.settings[Setting.COPIES],
            vectors=step.positions,
            predicted=predicted,
            neurosim_cycles=_neurosim_cycles(compiled, network, step),
        )
        for step, predicted in zip(compiled.steps, predicted_events(compiled), strict=True)
    )


def _neurosim_cycles(compiled: Compiled, network: IntegerNetwork, step: Step) -> float | None:
    """Return the cycles of the converters of a step by the convention of 3D+NeuroSim."""
    operations = {operation.name: operation for operation in network.operations}
    operation = operations.get(step.name)  # copies that the compiler adds are none of them
    if not isinstance(operation, Convolution):
        return None
    cycles = adc_cycles(
        compiled.tile.macro,
        network.shapes[operation.source][:2],
        (operation.weights.shape[0], operation.weights.shape[1]),
        stride=operation.stride,
        speed_up=step.settings[Setting.COPIES],
    )
    return float(cycles)
