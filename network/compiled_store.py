"""The file of a network compiled for a chip: the integer network, and what it was compiled to.

It is a file of :mod:`network.store` with the key ``compiled``; see
:class:`network.compiled_entry.CompiledEntry`. Each step has an address: the engine that runs its
macros, whether this is virtual or real, and the PEs it occupies. A step is moved to another engine
by changing its address; nothing is compiled anew.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from hw_spec.chip import ChipSpec
from network import store
from network.compiled import Compiled
from network.compiled_entry import CompiledEntry, describe
from network.compiled_rebuild import rebuild
from network.integer import IntegerNetwork

COMPILED = "compiled"


@dataclass(frozen=True, kw_only=True, eq=False)
class Stored:
    """What stands in the file of a network."""

    network: IntegerNetwork
    chip: ChipSpec | None
    """Chip it was compiled for; None if it was not compiled."""

    compiled: Compiled | None
    engines: dict[str, str]
    """Engine of each step."""


def save_compiled(
    path: Path,
    network: IntegerNetwork,
    compiled: Compiled,
    *,
    chip: ChipSpec,
    engines: Mapping[str, str],
) -> None:
    """Write a compiled network; the same gives the same bytes. See :func:`network.store.save`.

    Parameters
    ----------
    path : Path
        File to write.
    network : IntegerNetwork
        Network that was compiled.
    compiled : Compiled
        What it was compiled to, for the tile of ``chip``.
    chip : ChipSpec
        The chip.
    engines : mapping of str to str
        Engine of each step.
    """
    tree, arrays = store.contents(network)
    tree[COMPILED] = describe(compiled, chip, engines, arrays)
    store.write(path, tree, arrays)


def load_stored(path: Path) -> Stored:
    """Read the file of a network, compiled or not, without running anything that stands there.

    Raises
    ------
    ValueError
        If the file cannot be read or breaks a rule. One line: file, key, rule, value.
    """
    tree, arrays = store.read(path)
    try:
        network = store.network_from(tree, arrays)
        if COMPILED not in tree:
            return Stored(network=network, chip=None, compiled=None, engines={})
        try:
            text = json.dumps(tree[COMPILED])
            entry = TypeAdapter(CompiledEntry).validate_json(text, context=arrays)
        except ValidationError as error:
            raise ValueError(store.first_problem(error, tree[COMPILED], COMPILED)) from None
        engines = {step.name: step.address.engine for step in entry.steps}
        compiled = rebuild(entry, network)
    except (TypeError, ValueError) as error:
        raise ValueError(f"Network file '{path}': {error}") from None
    return Stored(network=network, chip=entry.chip, compiled=compiled, engines=dict(engines))
