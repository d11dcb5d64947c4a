"""Cycles of a compiled network, predicted."""

from dataclasses import dataclass

from firmware.timing import program_cycles
from hw_spec.program import Kind, Setting
from hw_spec.timing import begun_cycle, finish_cycles, last_write_cycle, vector_operation_cycle
from network.compiled import Compiled, Step


@dataclass(frozen=True, kw_only=True)
class StepCycles:
    """Where the cycles of one step go."""

    cycles: int
    """From one mark to the next: settings, operation, wait and mark."""

    converting: int
    """Cycles in which the converters of the layer are busy; 0 of a step without macros."""

    operation: int
    """Cycles of the operation itself."""

    started: int
    """Cycle of the program in which the operation starts, counted from 0 at its first word."""


@dataclass(frozen=True, kw_only=True)
class NetworkCycles:
    """Where the cycles of one run of a program go."""

    cycles: int
    """Of the whole program."""

    steps: tuple[StepCycles, ...]


def operation_cycles(compiled: Compiled, step: Step) -> int:
    """Return the cycles of an operation, from its first to that in which its last block is written.

    They do not depend on data.
    """
    settings, tile = step.settings, compiled.tile
    if step.kind is not Kind.MATRIX:
        return vector_operation_cycle(len(step.pieces), step.positions) + 1
    work = len(step.pieces) * settings[Setting.COPIES]
    begun = begun_cycle(tile.macro.cycles_per_vector, work, step.positions - 1)
    finished = begun + finish_cycles(tile, settings[Setting.CHAIN] - 1)
    return last_write_cycle(finished, settings[Setting.BLOCKS], settings[Setting.COPIES]) + 1


def network_cycles(compiled: Compiled) -> NetworkCycles:
    """Return the cycles of one run of the program of a network, step by step."""
    operations = [operation_cycles(compiled, step) for step in compiled.steps]
    program = program_cycles([word.encode() for word in compiled.program], operations)
    before, steps = 0, []
    for step, operation, started, mark in zip(
        compiled.steps, operations, program.runs, program.marks, strict=True
    ):
        busy = step.positions * compiled.tile.macro.cycles_per_vector
        converting = busy if step.kind is Kind.MATRIX else 0
        steps.append(
            StepCycles(
                cycles=mark - before, converting=converting, operation=operation, started=started
            )
        )
        before = mark
    return NetworkCycles(cycles=program.cycles, steps=tuple(steps))
