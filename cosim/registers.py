"""Registers of a design inside Verilated C++: how they stay visible, and what they are called."""

from collections.abc import Iterable


def control_file(registers: Iterable[str]) -> str:
    """Return Verilator's control file: registers keep their names, nothing else needs to."""
    lines = ["`verilator_config"]
    for path in registers:
        module, _, name = path.rpartition(".")
        lines.append(f'public_flat_rd -module "{module}" -var "{name}"')
    return "\n".join(lines) + "\n"


def cpp_name(path: str) -> str:
    """Return the member of Verilator's root that is the register at ``path``."""
    return "__DOT__".join(part.replace("__", "___05F") for part in path.split("."))
