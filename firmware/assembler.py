"""Text to program words.

One instruction per line: ``set copies 4``, ``add address -128``, ``run matrix``, ``wait``,
``mark``, ``loop 3`` ... ``end``, ``host``, ``halt``. Names are those of :mod:`hw_spec.program` in
lower case, numbers are decimal or begin with 0x, ``#`` begins a comment.
"""

from collections.abc import Sequence

from hw_spec.check import integer, one_of
from hw_spec.program import IMMEDIATE_BITS, LOOP_DEPTH, Instruction, Kind, Opcode, Setting

_OPERANDS = {
    Opcode.SET: (2, "a setting and a number"),
    Opcode.ADD: (2, "a setting and a number"),
    Opcode.RUN: (1, "a kind"),
    Opcode.LOOP: (1, "a number of turns"),
}


def assemble(text: str) -> list[int]:
    """Return the words of a program.

    Raises
    ------
    ValueError
        If a line is no instruction, or loops are not closed or lie too deep inside each other. One
        line: number, rule, value.
    """
    words = []
    loops: list[int] = []  # lines of the loops that are open
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.partition("#")[0].split()
        if not fields:
            continue
        try:
            instruction = _instruction(fields[0], fields[1:])
            if instruction.opcode is Opcode.LOOP:
                loops.append(number)
                integer("Depth of loops", len(loops), 1, LOOP_DEPTH)
            if instruction.opcode is Opcode.END:
                if not loops:
                    raise ValueError("'end' must have a 'loop' before it")
                loops.pop()
        except ValueError as error:
            raise ValueError(f"Line {number}: {error}") from None
        words.append(instruction.encode())
    if loops:
        raise ValueError(f"Line {loops[-1]}: 'loop' must have an 'end' behind it")
    return words


def _instruction(name: str, operands: Sequence[str]) -> Instruction:
    """Return the instruction of a line."""
    opcode = Opcode[one_of("instruction", name, [one.name.lower() for one in Opcode]).upper()]
    count, rule = _OPERANDS.get(opcode, (0, "nothing"))
    if len(operands) != count:
        raise ValueError(f"'{name}' must be followed by {rule}, not {' '.join(operands)!r}")
    match opcode:
        case Opcode.SET | Opcode.ADD:
            known = [one.name.lower() for one in Setting]
            setting = Setting[one_of("setting", operands[0], known).upper()]
            return Instruction(opcode=opcode, setting=setting, immediate=_number(operands[1]))
        case Opcode.RUN:
            kind = one_of("kind", operands[0], [one.name.lower() for one in Kind])
            return Instruction(opcode=opcode, immediate=Kind[kind.upper()])
        case Opcode.LOOP:
            highest = 2 ** (IMMEDIATE_BITS - 1) - 1
            turns = integer("Turns of a loop", _number(operands[0]), 1, highest)
            return Instruction(opcode=opcode, immediate=turns)
    return Instruction(opcode=opcode)


def _number(text: str) -> int:
    """Return a number."""
    try:
        return int(text, 16) if "x" in text.lower() else int(text)
    except ValueError:
        raise ValueError(f"Number must be decimal or begin with 0x, not {text!r}") from None
