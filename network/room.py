"""Whether a tile has room for a network, and the smallest change if not."""

from collections.abc import Callable

from hw_spec.tile import TileSpec, TileTable


def check_room(key: str, need: int, tile: TileSpec) -> None:
    """Check that a tile has as much of something as a network needs.

    Parameters
    ----------
    key : str
        Member of :class:`hw_spec.tile.TileTable`.
    need : int
        What the network needs.
    tile : TileSpec
        Tile it is compiled for.

    Raises
    ------
    ValueError
        If the tile has less. The message says how much is missing, and the smallest change.
    """
    have = getattr(tile.table, key)
    if need > have:
        change = f"smallest change: tile.{key} = {need}"
        if need > _most(key):
            change = f"no tile has more than {_most(key)}"
        raise ValueError(
            f"Network must fit tile.{key} = {have}, but needs {need}, {need - have} more; {change}"
        )


def check_pes(macros: int, pes: Callable[[int], int], tile: TileSpec) -> None:
    """Check that a tile has the processing elements (PEs) that a network needs.

    Parameters
    ----------
    macros : int
        Macros the network needs.
    pes : callable
        Gives the PEs it needs, by the macros of a PE.
    tile : TileSpec
        Tile it is compiled for.

    Raises
    ------
    ValueError
        If the tile has fewer. The message says how much is missing, and the smallest change.
    """
    table = tile.table
    need = pes(table.macros_per_pe)
    if need <= table.pes:
        return
    change = f"smallest change: tile.pes = {need}"
    if need > _most("pes"):
        change = "no tile is large enough"
        for size in range(table.macros_per_pe + 1, _most("macros_per_pe") + 1):
            if pes(size) <= _most("pes"):
                change = f"smallest change: tile.macros_per_pe = {size}, tile.pes = {pes(size)}"
                break
    raise ValueError(
        f"Network must fit tile.pes = {table.pes} with {table.pes * table.macros_per_pe} macros, "
        f"but needs {need} for its {macros} macros, {need - table.pes} more; {change}"
    )


def _most(key: str) -> int:
    """Return the most that any tile has of something."""
    rules = TileTable.model_fields[key].metadata
    return next(rule.le for rule in rules if hasattr(rule, "le"))
