"""Program words to text, and listings."""

from collections.abc import Iterator, Mapping, Sequence

from hw_spec.program import Instruction, Kind, Opcode, decode

_COLUMN = 36
"""Where comments begin, if the text before them leaves room."""


def disassemble(words: Sequence[int]) -> str:
    """Return text that :func:`firmware.assembler.assemble` turns into ``words``.

    Raises
    ------
    ValueError
        If a word is illegal. The message tells its number and value.
    """
    return "".join(f"{line}\n" for line in _lines(words))


def listing(words: Sequence[int], comments: Mapping[int, str] | None = None) -> str:
    """Return a line per word: number, word in hexadecimal, text, and its comment.

    Parameters
    ----------
    words : sequence of int
        Program.
    comments : mapping from int to str
        Comments by the number of their word.

    Raises
    ------
    ValueError
        If a word is illegal. The message tells its number and value.
    """
    comments = comments or {}
    text = ""
    for number, (word, line) in enumerate(zip(words, _lines(words), strict=True)):
        if number in comments:
            line = f"{line:{_COLUMN}}  # {' '.join(comments[number].split())}"
        text += f"{number:5}  {word:x}  {line}\n"
    return text


def _lines(words: Sequence[int]) -> Iterator[str]:
    """Yield the text of each word, indented by the loops around it."""
    depth = 0
    for number, word in enumerate(words):
        try:
            instruction = decode(word)
        except ValueError as error:
            raise ValueError(f"Word {number}: {error}") from None
        if instruction.opcode is Opcode.END:
            depth = max(depth - 1, 0)
        yield "    " * depth + _text(instruction)
        if instruction.opcode is Opcode.LOOP:
            depth += 1


def _text(instruction: Instruction) -> str:
    """Return the text of an instruction."""
    name = instruction.opcode.name.lower()
    if instruction.setting is not None:
        return f"{name} {instruction.setting.name.lower()} {instruction.immediate}"
    if instruction.opcode is Opcode.RUN:
        return f"{name} {Kind(instruction.immediate).name.lower()}"
    if instruction.opcode is Opcode.LOOP:
        return f"{name} {instruction.immediate}"
    return name
