"""The file of a network: a JSON text and arrays in one ``.npz``, without pickle.

The member ``graph`` is the JSON text as bytes. Where it holds ``{"array": KEY}``, the member KEY
is meant. Its keys: ``format_version``; ``network``, the integer network; ``compiled``, if it was
compiled for a chip (:mod:`network.compiled_store`). Other keys are left alone.
"""

import json
import os
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from pydantic import TypeAdapter, ValidationError

from network.integer import IntegerNetwork

FORMAT_VERSION = 1
"""Counts up when a key is added, dropped or changes its meaning."""

GRAPH = "graph"


def save(path: Path, network: IntegerNetwork) -> None:
    """Write a network; the same network gives the same bytes.

    The file appears under its name once it is complete. Members are stored uncompressed, so the
    bytes do not depend on a compression library, and numpy stamps them all with the first of
    January 1980.
    """
    write(path, *contents(network))


def contents(network: IntegerNetwork) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the tree and the arrays of a network, for :func:`write`."""
    arrays: dict[str, np.ndarray] = {}
    tree = {"format_version": FORMAT_VERSION, "network": _tree(network, "network", arrays)}
    return tree, arrays


def load(path: Path) -> IntegerNetwork:
    """Read a network without running anything that stands in the file.

    Raises
    ------
    ValueError
        If the file cannot be read or breaks a rule. One line: file, key, rule, value.
    """
    tree, arrays = read(path)
    try:
        return network_from(tree, arrays)
    except (TypeError, ValueError) as error:
        raise ValueError(f"Network file '{path}': {error}") from None


def network_from(tree: dict[str, Any], arrays: dict[str, np.ndarray]) -> IntegerNetwork:
    """Return the network in what :func:`read` returns.

    Raises
    ------
    TypeError, ValueError
        If it breaks a rule. One line: key, rule, value.
    """
    if "network" not in tree:
        raise ValueError("key 'network' is missing")
    # As text, because pydantic is strict about lists and tuples elsewhere.
    text = json.dumps(tree["network"])
    try:
        return TypeAdapter(IntegerNetwork).validate_json(text, context=arrays)
    except ValidationError as error:
        raise ValueError(first_problem(error, tree["network"], "network")) from None


def write(path: Path, tree: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Write a tree and the arrays it refers to.

    Raises
    ------
    OSError
        If the file cannot be written. Nothing half-written is left under its name.
    """
    text = np.frombuffer(json.dumps(tree, sort_keys=True).encode(), dtype=np.uint8)
    members: dict[str, Any] = {GRAPH: text, **dict(sorted(arrays.items()))}
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            np.savez(file, **members)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a tree and the arrays it refers to.

    Raises
    ------
    ValueError
        If the file cannot be read or is of another version. One line.
    """
    try:
        with path.open("rb") as file, NpzFile(file, allow_pickle=False) as archive:
            arrays = dict(archive)
        tree = json.loads(arrays.pop(GRAPH).tobytes().decode())
    except KeyError:
        raise ValueError(f"Network file '{path}': key '{GRAPH}' is missing") from None
    except Exception as error:  # a damaged archive fails in a dozen ways, all of them meaning this
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise ValueError(f"Network file '{path}' cannot be read: {reason}") from None
    version = tree.get("format_version") if isinstance(tree, dict) else None
    if version != FORMAT_VERSION:
        raise ValueError(
            f"Network file '{path}': 'format_version' must be {FORMAT_VERSION}, not {version!r}"
        )
    return tree, arrays


def _tree(value: Any, key: str, arrays: dict[str, np.ndarray]) -> Any:
    """Return dataclasses as dicts, and references to arrays, which are put into ``arrays``."""
    if is_dataclass(value):
        return {
            field.name: _tree(getattr(value, field.name), f"{key}/{field.name}", arrays)
            for field in fields(value)
        }
    if isinstance(value, tuple):
        return [
            _tree(one, f"{key}/{getattr(one, 'name', number)}", arrays)
            for number, one in enumerate(value)
        ]
    if isinstance(value, np.ndarray):
        # In one order, so that equal networks give equal bytes.
        arrays[key] = np.ascontiguousarray(value)
        return {"array": key}
    return value


def first_problem(error: ValidationError, tree: Any, place: str) -> str:
    """Return the first rule that was broken, in our words: place, key, rule, value.

    Parameters
    ----------
    error : ValidationError
        What pydantic says.
    tree : Any
        What it was asked to read.
    place : str
        Where that stands.
    """
    problem: Any = error.errors()[0]
    keys = list(problem["loc"])
    if keys[:1] in (["operations"], ["steps"]) and len(keys) > 1:
        one = tree[keys[0]][keys[1]]
        name = one.get("name", keys[1]) if isinstance(one, dict) else keys[1]
        place = f"{keys[0][:-1]} {name!r}"
        # What follows is behind the number, and of an operation behind its kind.
        keys = keys[3 if keys[0] == "operations" else 2 :]
    key = ".".join(str(part) for part in keys)
    match problem["type"]:
        case "missing":
            return f"{place}: key '{key}' is missing"
        case "unexpected_keyword_argument":
            return f"{place}: key '{key}' is unknown"
        case "value_error":
            return f"{place}: {problem['ctx']['error']}"
        case "union_tag_not_found":
            return f"{place}: key 'operation' is missing"
        case "union_tag_invalid":
            known = problem["ctx"]["expected_tags"]
            return f"{place}: 'operation' must be one of {known}, not {problem['ctx']['tag']!r}"
    rule = problem["msg"].removeprefix("Input should ")
    value = problem["input"]
    shown = repr(value) if isinstance(value, str | int | float | None) else type(value).__name__
    subject = f"{place}: '{key}'" if key else place
    return f"{subject} must {rule}, not {shown}"
