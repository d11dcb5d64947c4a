"""Takes memories out of a design: what they were read is an input of what is left, the rest outputs.

A memory is a macro of its own, together with the register that holds what was read. A port of what
is left goes by the memory and a name of ``READ_DATA`` and the others below, separated by a dot.
"""

from collections.abc import Sequence

from cosim.memories import Memory

READ_DATA = "read_data"
READ_ENABLE, READ_ADDRESS = "read_enable", "read_address"
WRITE_ENABLE, WRITE_ADDRESS, WRITE_DATA = "write_enable", "write_address", "write_data"
"""One enable for each part of a word that is written by itself. Parts that are given the same value
share their data."""

KIND = "memory_cut_"
"""How the black boxes are called; Yosys turns their pins to ports."""


def port(memory: Memory, name: str) -> str:
    """Return the port of what is left that is a pin of a memory."""
    return f"{memory.path.partition('.')[2]}.{name}"


def cut(verilog: str, memories: Sequence[Memory]) -> str:
    """Return Verilog in which each memory is an instance of a black box.

    Parameters
    ----------
    verilog : str
        Verilog of a design.
    memories : sequence of Memory
        From :func:`cosim.memories.memories`, in the order of the text.
    """
    boxes, pieces, place = [], [], 0
    for number, memory in enumerate(memories):
        shared = {data: bits for _, data, bits in memory.writes}
        pins = {
            READ_DATA: (memory.width, memory.register.rpartition(".")[2]),
            READ_ENABLE: (1, memory.read_enable),
            READ_ADDRESS: (memory.address_bits, memory.read_address),
            WRITE_ENABLE: (len(memory.writes), _joined([one[0] for one in memory.writes])),
            WRITE_ADDRESS: (memory.address_bits, memory.write_address),
            WRITE_DATA: (sum(shared.values()), _joined([*shared])),
        }
        ports = ", ".join(
            f"{'output' if name == READ_DATA else 'input'} [{bits - 1}:0] {name}"
            for name, (bits, _) in pins.items()
        )
        given = ", ".join(f".{name}({value})" for name, (_, value) in pins.items())
        boxes.append(f"(* blackbox *) module {KIND}{number} ({ports});\nendmodule\n")
        start, end = memory.span
        pieces += [
            verilog[place:start],
            f"  wire [{memory.width - 1}:0] {pins[READ_DATA][1]};\n",
            f"  {KIND}{number} \\{memory.path.rpartition('.')[2]} ({given});\n",
        ]
        place = end
    return "".join([*boxes, *pieces, verilog[place:]])


def _joined(values: list[str]) -> str:
    return f"{{ {', '.join(reversed(values))} }}"
