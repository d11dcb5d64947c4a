"""Takes memories out of a design: the word one has read is an input of the rest, its pins outputs.

A memory is a macro of its own, together with the register that holds the word read last. What is
left has a port for each pin, called by the path of the memory and the pin with a dot in between.
"""

from collections.abc import Sequence

from cosim.memories import Memory

READ_DATA, READ, READ_ADDRESS = "read_data", "read", "read_address"

WRITE, WRITE_ADDRESS, WRITE_DATA = "write", "write_address", "write_data"
"""Parts of a word that are given the same value share their data."""

WRITE_PARTS = "write_parts"
"""Which parts of a word are written; only where there are several."""

KIND = "memory_cut_"
"""How black boxes are called; Yosys turns their pins to ports."""


def port(memory: Memory, pin: str) -> str:
    """Return the port of a design without memories that is a pin of a memory."""
    return f"{memory.path.partition('.')[2]}.{pin}"


def cut(verilog: str, memories: Sequence[Memory]) -> str:
    """Return Verilog in which every memory is an instance of a black box.

    Parameters
    ----------
    verilog : str
        Verilog of a design.
    memories : sequence of Memory
        Its memories, in the order of the text.
    """
    boxes, pieces, place = [], [], 0
    for number, memory in enumerate(memories):
        pins = _pins(memory)
        ports = ", ".join(
            f"{'output' if pin == READ_DATA else 'input'} [{bits - 1}:0] {pin}"
            for pin, (bits, _) in pins.items()
        )
        given = ", ".join(f".{pin}({value})" for pin, (_, value) in pins.items())
        boxes.append(f"(* blackbox *) module {KIND}{number} ({ports});\nendmodule\n")
        start, end = memory.span
        pieces += [
            verilog[place:start],
            f"  wire [{memory.width - 1}:0] {pins[READ_DATA][1]};\n",
            f"  {KIND}{number} \\{memory.path.rpartition('.')[2]} ({given});\n",
        ]
        place = end
    return "".join([*boxes, *pieces, verilog[place:]])


def _pins(memory: Memory) -> dict[str, tuple[int, str]]:
    """Return width and Verilog of what is at every pin."""
    values = {part.data: part.bits for part in memory.writes}
    enables = _joined([part.enable for part in memory.writes])
    pins = {
        READ_DATA: (memory.width, memory.register.rpartition(".")[2]),
        READ: (1, memory.read_enable),
        READ_ADDRESS: (memory.address_bits, memory.read_address),
        WRITE: (1, f"|{enables}"),
        WRITE_ADDRESS: (memory.address_bits, memory.write_address),
        WRITE_DATA: (sum(values.values()), _joined([*values])),
    }
    if len(memory.writes) > 1:
        pins[WRITE_PARTS] = (len(memory.writes), enables)
    return pins


def _joined(values: list[str]) -> str:
    return f"{{ {', '.join(reversed(values))} }}"
