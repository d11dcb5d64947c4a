"""Activity of a run as files: SAIF for other tools, JSON for people and scripts."""

import json
from collections import defaultdict
from pathlib import Path
from typing import TextIO

from cosim.native.counts import Counts


def write_activity(path: Path, counts: Counts, *, first_cycle: int, period_ps: int) -> None:
    """Write what was counted, bit by bit as SAIF 2.0 and in sums as JSON beside it.

    The SAIF has the hierarchy, names and form of Verilator's own, and only the registers. In the
    JSON, toggles are those of all bits of a register, or of all registers of a module itself.

    Parameters
    ----------
    path : Path
        SAIF file; the JSON gets the suffix ``.json``.
    counts : Counts
        What was counted, ones included.
    first_cycle : int
        First cycle that was watched.
    period_ps : int
        Clock period, in picoseconds: the time that a cycle at 1 counts.
    """
    _write_saif(path, counts, period_ps)
    toggles = counts.toggles
    modules: defaultdict[str, int] = defaultdict(int)
    for register, count in toggles.items():
        modules[register.rpartition(".")[0]] += count
    document = {
        "first_cycle": first_cycle,
        "cycles": counts.cycles,
        "period_ps": period_ps,
        "toggles": sum(toggles.values()),
        "modules": modules,
        "registers": toggles,
    }
    path.with_suffix(".json").write_text(json.dumps(document, indent=1) + "\n")


def _write_saif(path: Path, counts: Counts, period_ps: int) -> None:
    tree: dict[str, dict] = {}
    for register in counts.changes:
        *instances, _ = register.split(".")
        node = tree
        for instance in instances:
            node = node.setdefault(instance, {})
    duration = counts.cycles * period_ps
    with path.open("w") as file:
        file.write('(SAIFILE\n(SAIFVERSION "2.0")\n(DIRECTION "backward")\n')
        file.write('(PROGRAM_NAME "Ohmloop")\n(DIVIDER / )\n(TIMESCALE 1ps)\n')
        file.write(f"(DURATION {duration})\n")
        for name, inner in tree.items():
            _write_instance(file, name, name, inner, counts, period_ps)
        file.write(")\n")


def _write_instance(
    file: TextIO, path: str, name: str, inner: dict[str, dict], counts: Counts, period_ps: int
) -> None:
    """Write an instance, its registers first, then what is in it."""
    indent = " " * (path.count(".") + 1)
    file.write(f"{indent}(INSTANCE {name}\n{indent} (NET\n")
    for register, changes in counts.changes.items():
        module, _, net = register.rpartition(".")
        if module != path:
            continue
        for bit, (toggles, ones) in enumerate(
            zip(changes.tolist(), counts.ones[register].tolist(), strict=True)
        ):
            place = f"\\[{bit}\\]" if len(changes) > 1 else ""
            low, high = (counts.cycles - ones) * period_ps, ones * period_ps
            file.write(
                f"{indent}  ({net}{place} (T0 {low}) (T1 {high}) (TZ 0) (TX 0) (TB 0) "
                f"(TC {toggles}))\n"
            )
    file.write(f"{indent} )\n")
    for child, below in inner.items():
        _write_instance(file, f"{path}.{child}", child, below, counts, period_ps)
    file.write(f"{indent})\n")
