"""Makes modules of Verilog that are alike one module."""

import re

__all__ = ["merged_alike"]


def merged_alike(verilog: str) -> str:
    """Return Verilog in which modules that differ by their name alone are one, the first of them.

    Modules with registers are left alone: each is called by its path in the design, and so are the
    registers in it.

    Parameters
    ----------
    verilog : str
        Verilog of a design, as Yosys writes it.
    """
    first: dict[str, str] = {}
    names = {
        one["name"]: first.setdefault(one["rest"], one["name"])
        for one in _MODULE.finditer(verilog)
        if "posedge" not in one["rest"]
    }
    kept = _MODULE.sub(
        lambda one: one[0] if names.get(one["name"], one["name"]) == one["name"] else "", verilog
    )
    return _INSTANCE.sub(lambda one: f"  {names.get(one['kind'], one['kind'])} {one['rest']}", kept)


_MODULE = re.compile(r"^module (?P<name>[^\s(]+)(?P<rest>.*?^endmodule\n)\n?", re.M | re.S)
_INSTANCE = re.compile(r"^  (?P<kind>\\\S+) (?P<rest> \S+ +?\($)", re.M)
