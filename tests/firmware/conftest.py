from pathlib import Path

import pytest

from hw_spec.chip import read_chip
from hw_spec.tile import TileTable

CHIP = Path(__file__).parents[2] / "chips" / "rram_taox_32nm.toml"
SMALL = {
    "macros_per_pe": 2,
    "pes": 3,
    "activations": 64,
    "pieces": 5,
    "program_words": 12,
    "scales": 3,
    "marks": 4,
}


@pytest.fixture(scope="session")
def tile_chip():
    """Return a function that makes a chip with a small tile; fields of both are changed by name."""

    def make(rows=8, columns=6, **changed):
        chip = read_chip(CHIP)
        sizes = {"rows": rows, "parallel_rows": rows, "columns": columns, "columns_per_adc": 1}
        macro = chip.macro.model_copy(update=sizes)
        table = TileTable(**SMALL | changed)
        return chip.model_copy(update={"macro": macro, "tile": table})

    return make
