"""What a program does, cycle by cycle, given the cycles of its operations."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hw_spec.host import Status
from hw_spec.program import (
    IMMEDIATE_BITS,
    LOOP_DEPTH,
    SETTINGS,
    Instruction,
    Kind,
    Opcode,
    Setting,
    decode,
)

_NEED_REST = (Opcode.SET, Opcode.ADD, Opcode.RUN, Opcode.HOST, Opcode.HALT)
"""What is out of place while an operation runs."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a RUN starts."""

    kind: Kind
    settings: tuple[int, ...]
    """Settings, in the order of :class:`hw_spec.program.Setting`."""

    instruction: int
    """Number of the RUN in the program."""

    def __getitem__(self, setting: Setting) -> int:
        """Return a setting."""
        return self.settings[setting]


@dataclass(frozen=True, kw_only=True)
class ProgramCycles:
    """When a program does what.

    Cycle 0 is that of the first word. Cycles that wait for the host are not counted.
    """

    cycles: int
    """Cycles of the program, the last instruction included."""

    marks: tuple[int, ...]
    """What the counter CYCLES says in each entry of an unlimited log."""

    operations: tuple[Operation, ...]

    runs: tuple[int, ...]
    """First cycle of each operation."""

    waits: tuple[int, ...]
    """Cycle of each HOST."""

    status: Status
    """``HALTED`` or ``TRAPPED``."""

    counter: int
    """Number of the last instruction."""

    trap_word: int
    """As :attr:`hw_spec.host.Control.TRAP_WORD`."""


def program_cycles(
    program: Sequence[int],
    operation_cycles: Callable[[Operation], int] | Iterable[int],
    *,
    limit: int = 10_000_000,
) -> ProgramCycles:
    """Return when a program does what. The sequencer in RTL does the same, tolerance 0.

    Parameters
    ----------
    program : sequence of int
        Words of the program. What follows them in the memory is taken to be 0.
    operation_cycles : callable or iterable of int
        Cycles of an operation, both the first and that in which its last activation is stored
        included, from 1; or those of one operation after another.
    limit : int
        Instructions after which to give up.

    Raises
    ------
    TimeoutError
        If the program has not ended after ``limit`` instructions.
    ValueError
        If there are fewer ``operation_cycles`` than operations, or one is below 1.
    """
    ask = _checked(operation_cycles)
    settings = [0] * SETTINGS
    operations: list[Operation] = []
    runs: list[int] = []
    marks: list[int] = []
    waits: list[int] = []
    cycle, busy_until = 0, -1  # the last cycle of the latest operation
    for counter, step in _executed(program, limit):
        trapped = step is None or (step.opcode in _NEED_REST and cycle <= busy_until)
        if step is None or trapped or step.opcode is Opcode.HALT:
            return ProgramCycles(
                cycles=cycle + 1,
                marks=tuple(marks),
                operations=tuple(operations),
                runs=tuple(runs),
                waits=tuple(waits),
                status=Status.TRAPPED if trapped else Status.HALTED,
                counter=counter,
                trap_word=program[counter] if trapped and counter < len(program) else 0,
            )
        if step.setting is not None:
            before = settings[step.setting] if step.opcode is Opcode.ADD else 0
            settings[step.setting] = _wrapped(before + step.immediate)
        elif step.opcode is Opcode.RUN:
            kind = Kind(step.immediate)
            operation = Operation(kind=kind, settings=tuple(settings), instruction=counter)
            operations.append(operation)
            runs.append(cycle + 1)
            busy_until = cycle + ask(operation)
        elif step.opcode is Opcode.WAIT:
            cycle = max(cycle, busy_until + 1)
        elif step.opcode is Opcode.MARK:
            marks.append(cycle + 1)
        elif step.opcode is Opcode.HOST:
            waits.append(cycle)
        cycle += 1
    raise TimeoutError(f"Program must end within {limit} instructions")


def _executed(program: Sequence[int], limit: int) -> Iterator[tuple[int, Instruction | None]]:
    """Yield number and instruction of each word in the order of execution; None in place of a trap.

    Nothing is said to follow HALT or a trap, but something is yielded. Operations are left to the
    caller.
    """
    counter = 0
    loops: list[list[int]] = []  # first instruction and turns left, the innermost last
    for _ in range(limit):
        try:
            step: Instruction | None = decode(program[counter] if counter < len(program) else 0)
        except ValueError:
            step = None
        opcode = step.opcode if step else None
        if (len(loops) == LOOP_DEPTH and opcode is Opcode.LOOP) or (
            not loops and opcode is Opcode.END
        ):
            step = None
        yield counter, step
        counter += 1
        if opcode is Opcode.LOOP and step:
            loops.append([counter, step.immediate])
        elif opcode is Opcode.END and loops:
            loops[-1][1] -= 1
            if loops[-1][1]:
                counter = loops[-1][0]
            else:
                loops.pop()


def _checked(
    operation_cycles: Callable[[Operation], int] | Iterable[int],
) -> Callable[[Operation], int]:
    """Return a function that gives the cycles of the next operation, from 1."""
    if callable(operation_cycles):
        ask = operation_cycles
    else:
        lengths = iter(operation_cycles)

        def ask(_operation: Operation) -> int:
            return next(lengths, 0)

    def cycles(operation: Operation) -> int:
        count = ask(operation)
        if count < 1:
            place = f"the operation at word {operation.instruction}"
            raise ValueError(f"Cycles of {place} must be from 1, not {count}")
        return count

    return cycles


def _wrapped(value: int) -> int:
    """Return a setting as the register holds it."""
    half = 1 << (IMMEDIATE_BITS - 1)
    return (value + half) % (2 * half) - half
