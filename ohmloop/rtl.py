"""Writes what a chip designer or FPGA prototyper takes away."""

import json
import re
import shutil
import tempfile
from pathlib import Path

from cosim.cache import writable
from firmware.header import macro_header
from hdl_gen.emit import TOP, emit_macro
from hw_spec.chip import ChipSpec
from hw_spec.macro import MacroSpec

SHELLS = Path(__file__).parents[1] / "rtl"


def write_rtl(chip: ChipSpec, folder: Path) -> list[Path]:
    """Write Verilog, manifest, C header and analog shell of a chip's macro.

    All files are written beside their places first, so a failure leaves the old ones.

    Returns
    -------
    list of Path
        The files, Verilog first.

    Raises
    ------
    OSError
        If ``folder`` cannot be written.
    """
    emission = emit_macro(chip.macro)
    sar = chip.macro.adc.kind == "sar"
    shell = SHELLS / ("analog_array_sar.v" if sar else "analog_array.v")
    manifest = {"chip": chip.name, "source": chip.source, **emission.manifest}
    texts = {
        f"{TOP}.v": emission.verilog,
        f"{TOP}.json": json.dumps(manifest, indent=2) + "\n",
        f"{TOP}.h": macro_header(chip),
        shell.name: _with_sizes(shell.read_text(), chip.macro),
    }
    writable(folder)
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        for name, text in texts.items():
            (Path(fresh) / name).write_text(text)
        for name in texts:
            shutil.move(Path(fresh) / name, folder / name)
    return [folder / name for name in texts]


def _with_sizes(text: str, spec: MacroSpec) -> str:
    """Return an analog shell with the sizes of a macro as its defaults."""
    sizes = {
        "ROWS": spec.rows,
        "COLUMNS_PER_ADC": spec.columns_per_adc,
        "LANES": spec.lanes,
        "ADC_BITS": spec.adc.bits,
    }
    for name, size in sizes.items():
        text = re.sub(rf"(parameter {name} = )\d+", rf"\g<1>{size}", text)
    return text
