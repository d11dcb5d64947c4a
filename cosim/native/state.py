"""Files that hold the state of a model.

One line of JSON tells what the rest is; it is checked before the library, which trusts its own
stream, gets to see a byte.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

FORMAT = "ohmloop model state 1"


@dataclass(frozen=True, kw_only=True)
class State:
    """State of a model."""

    maker: str
    """Key of the library that wrote it, and alone can read it."""

    cycle: int
    """Cycles of the model so far."""

    data: bytes
    """Verilator's stream."""


def write(path: Path, state: State) -> None:
    """Write a state, whole or not at all.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    head = {
        "format": FORMAT,
        "maker": state.maker,
        "cycle": state.cycle,
        "sha256": _digest(state),
    }
    fresh = path.with_name(f".{path.name}")
    fresh.write_bytes(json.dumps(head).encode() + b"\n" + state.data)
    fresh.replace(path)


def read(path: Path, *, maker: str) -> State:
    """Read a state that ``maker`` wrote.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is no such file, damaged, or of another maker.
    """
    line, _, data = path.read_bytes().partition(b"\n")
    try:
        head = json.loads(line)
        kind, other, cycle = head["format"], head["maker"], head["cycle"]
        digest = head["sha256"]
    except (ValueError, TypeError, KeyError):
        raise ValueError(f"State file '{path}' must be one that a model saved") from None
    if kind != FORMAT or not isinstance(cycle, int):
        raise ValueError(f"State file '{path}' must be one that a model saved, not {kind!r}")
    if other != maker:
        raise ValueError(
            f"State file '{path}' must be of this design and build, {maker}, not of {other}"
        )
    state = State(maker=other, cycle=cycle, data=data)
    if digest != _digest(state):
        raise ValueError(f"State file '{path}' must be whole, but its content was changed or cut")
    return state


def _digest(state: State) -> str:
    return hashlib.sha256(f"{state.maker} {state.cycle}\n".encode() + state.data).hexdigest()
