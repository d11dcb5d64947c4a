"""Paths of all registers of a tile."""

from cosim.twin.compute import register_names
from hw_spec.host import Event
from hw_spec.tile import TileSpec

CORE = "tile.core"
CSR = f"{CORE}.csr_bank"
SEQUENCER = f"{CORE}.sequencer"
COUNTERS = f"{CORE}.event_counters"
MEMORY = f"{CORE}.memory"
FETCHER = f"{CORE}.fetcher"
WALK = f"{FETCHER}.walk"
POSITIONS = f"{WALK}.positions"
VECTOR = f"{CORE}.vector_unit"
WRITER = f"{CORE}.writer"

_CORE = {
    CSR: (
        *("asked", "write", "region", "index", "data", "control"),
        *("config_data", "config_index", "config_select", "config_valid"),
        *("from_activations", "from_control", "piece_0", "piece_1", "scale_multiplier"),
    ),
    SEQUENCER: ("counter", "kind", "mark", "operating", "run", "settings", "status", "trap_word"),
    f"{SEQUENCER}.loops": ("depth", "first_0", "first_1", "left_0", "left_1"),
    COUNTERS: (
        *(f"{event.name.lower()}_count" for event in Event),
        *("marks", "asked", "event"),
    ),
    MEMORY: ("taken_column", "taken_odd"),
    FETCHER: (
        *("merges", "read", "closed", "last", "complete"),
        *("word_block", "word_copy", "word_begins", "word_ends"),
    ),
    WALK: ("choosing", "number", "position", "copy", "last", "valid"),
    POSITIONS: ("position", "first", "copy", "column", "row", "window_column", "window_row"),
    f"{FETCHER}.word_merge": ("word",),
    VECTOR: (
        *("word", "taken", "products", "scaled"),
        *("sums", "summed", "result", "result_valid"),
    ),
    WRITER: (
        *("block", "copy", "column", "row", "draining", "done", "pe", "output_row"),
        *("block_address", "copy_address", "pixel_address"),
        *("memory__enable", "memory__address", "memory__length", "memory__data"),
    ),
}

_PE = {
    "": ("chain_out__complete", "chain_sums", "chain_sums_valid"),
    ".configuration": ("chained", "copy", "ends", "first_block", "layer", "macros"),
    ".scales": ("beat", "multiplier"),
    ".requantiser": (
        *("biased", "biased_valid", "multipliers", "scaled", "scaled_valid"),
        *("activations", "activations_valid"),
    ),
    ".output_buffer": ("beat", "vector", "stored", "full", "held", "finished"),
}


def pe_logic(number: int) -> str:
    """Return the path of what a PE has besides its macros."""
    return f"tile.pe_{number}.logic"


def macro(number: int, macros_per_pe: int) -> str:
    """Return the path of a macro, given its number on the tile."""
    pe, place = divmod(number, macros_per_pe)
    return f"tile.pe_{pe}.macro_{place}"


def tree_levels(macros_per_pe: int) -> list[int]:
    """Return the registers of each level of the adder tree of a PE."""
    levels = []
    while macros_per_pe > 1:
        macros_per_pe = -(-macros_per_pe // 2)
        levels.append(macros_per_pe)
    return levels


def register_paths(tile: TileSpec) -> list[str]:
    """Return the paths of all registers of a tile, memories left out."""
    table = tile.table
    paths = [f"{unit}.{name}" for unit, names in _CORE.items() for name in names]
    if tile.word == 1:
        paths.remove(f"{MEMORY}.taken_column")  # a register of no bits is none
    tree = [
        name
        for level, registers in enumerate(tree_levels(table.macros_per_pe), start=1)
        for name in (f"valid_{level}", *(f"level_{level}_{n}" for n in range(registers)))
    ]
    for number in range(table.pes):
        logic = pe_logic(number)
        paths += [f"{logic}{unit}.{name}" for unit, names in _PE.items() for name in names]
        paths += [f"{logic}.tree.{name}" for name in tree]
    names = register_names(tile.macro)
    for number in range(table.pes * table.macros_per_pe):
        path = macro(number, table.macros_per_pe)
        paths += [f"{path}.{name}" for name in names]
    return paths
