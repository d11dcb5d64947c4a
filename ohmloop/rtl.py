"""Writes what a chip designer or FPGA prototyper takes away."""

import json
import re
import shutil
import tempfile
from pathlib import Path

from cosim.cache import writable
from firmware.header import macro_header
from firmware.tile_header import tile_header
from hdl_gen.emit import TILE, TOP, emit_macro, emit_tile
from hw_spec.chip import ChipSpec
from hw_spec.macro import MacroSpec

SHELLS = Path(__file__).parents[1] / "rtl"


def write_rtl(chip: ChipSpec, folder: Path, *, whole: bool = False) -> list[Path]:
    """Write Verilog, manifest and C header of a chip's macro or tile, and its analog shell.

    All files are written beside their places first, so a failure leaves the old ones.

    Parameters
    ----------
    chip : ChipSpec
        Chip.
    folder : Path
        Where to write.
    whole : bool
        The tile, with all its macros, instead of a single macro.

    Returns
    -------
    list of Path
        The files, Verilog first.

    Raises
    ------
    OSError
        If ``folder`` cannot be written.
    ValueError
        If the chip has no tile.
    """
    if whole:
        top, emission, header = TILE, emit_tile(chip.tile_spec()), tile_header(chip)
    else:
        top, emission, header = TOP, emit_macro(chip.macro), macro_header(chip)
    sar = chip.macro.adc.kind == "sar"
    shell = SHELLS / ("analog_array_sar.v" if sar else "analog_array.v")
    manifest = {"chip": chip.name, "source": chip.source, **emission.manifest}
    texts = {
        f"{top}.v": emission.verilog,
        f"{top}.json": json.dumps(manifest, indent=2) + "\n",
        f"{top}.h": header,
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
