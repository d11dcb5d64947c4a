"""The file of a network compiled for a chip: the integer network, and what it was compiled to.

It is a file of :mod:`network.store` with the key ``compiled``; :func:`compiled_entry.describe` says
what stands there. Each step has an address: the engine that runs its macros, whether this is
virtual or real, and the PEs it occupies. A step is moved to another engine by changing its address.
All the rest follows from network, chip, mapping and copies, and must be what follows: a program
that was damaged, or made by another compiler, is refused rather than run.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from hw_spec.chip import ChipSpec
from network import store
from network.compile import compile_network
from network.compiled import Compiled
from network.compiled_entry import CompiledEntry, describe
from network.integer import Convolution, IntegerNetwork

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
        entry = _entry(tree[COMPILED])
        engines = {step.name: step.address.engine for step in entry.steps}
        compiled = _compile(entry, network)
        _check(tree[COMPILED], arrays, compiled, entry.chip, engines)
    except (TypeError, ValueError) as error:
        raise ValueError(f"Network file '{path}': {error}") from None
    return Stored(network=network, chip=entry.chip, compiled=compiled, engines=dict(engines))


def _entry(tree: Any) -> CompiledEntry:
    try:
        return TypeAdapter(CompiledEntry).validate_json(json.dumps(tree))
    except ValidationError as error:
        raise ValueError(store.first_problem(error, tree, COMPILED)) from None


def _compile(entry: CompiledEntry, network: IntegerNetwork) -> Compiled:
    """Return what the network is compiled to, with the mapping and the copies of the file."""
    copies = {step.name: step.settings.COPIES for step in entry.steps}
    layers = {one.name for one in network.operations if isinstance(one, Convolution)}
    return compile_network(
        network,
        entry.chip.tile_spec(),
        mapping=entry.mapping,
        copies={name: count for name, count in copies.items() if name in layers},
    )


def _check(
    tree: Any,
    arrays: Mapping[str, np.ndarray],
    compiled: Compiled,
    chip: ChipSpec,
    engines: Mapping[str, str],
) -> None:
    """Raise the first difference between a file and what it must hold."""
    names = {step.name for step in compiled.steps}
    own: dict[str, np.ndarray] = {}
    want = describe(compiled, chip, dict.fromkeys(names, "twin") | dict(engines), own)
    _compare(COMPILED, tree, json.loads(json.dumps(want)))
    for key, array in own.items():
        have = arrays.get(key, np.zeros(0))
        if (have.dtype, have.shape) != (array.dtype, array.shape):
            raise ValueError(
                f"array '{key}' must be {array.dtype} {array.shape}, not {have.dtype} {have.shape}"
            )
        for place in np.argwhere(have != array)[:1].tolist():
            at = tuple(place)
            _differ(f"array '{key}' at {place}", have[at].item(), array[at].item())


def _compare(place: str, have: Any, want: Any) -> None:
    """Raise the first place where two trees differ."""
    if isinstance(want, dict) and isinstance(have, dict):
        for key in [*want, *have]:
            if key not in have:
                raise ValueError(f"{place}: key '{key}' is missing")
            if key not in want:
                raise ValueError(f"{place}: key {key!r} is unknown")
            _compare(f"{place}.{key}", have[key], want[key])
    elif isinstance(want, list) and isinstance(have, list) and len(want) == len(have):
        for number, (one, other) in enumerate(zip(have, want, strict=True)):
            name = other.get("name", number) if isinstance(other, dict) else number
            _compare(f"{place}.{name}", one, other)
    elif type(have) is not type(want) or have != want:
        _differ(place, have, want)


def _differ(place: str, have: Any, want: Any) -> None:
    """Raise a difference, in one line of a readable length."""
    if isinstance(want, list):
        have = f"{len(have)} entries" if isinstance(have, list) else type(have).__name__
        want = f"{len(want)} entries"
    else:
        have, want = repr(have), repr(want)
    raise ValueError(f"{place} must be {want}, as compiled anew, not {have}")
