"""How a compiled network stands in its file, and how it is made from what stands there."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
from pydantic import Field

from hw_spec.chip import ChipSpec
from hw_spec.program import IMMEDIATE_BITS, PIECE_FIELDS
from network import pieces
from network.compiled import Compiled
from network.pieces import Layout
from network.tensors import STRICT, Array

Engine: TypeAlias = Literal["twin", "native", "cocotb"]
VIRTUAL: Engine = "twin"
"""The one engine that is no hardware."""

Immediate: TypeAlias = Annotated[
    int, Field(ge=-(2 ** (IMMEDIATE_BITS - 1)), lt=2 ** (IMMEDIATE_BITS - 1))
]
Count: TypeAlias = Annotated[int, Field(ge=0)]
Range: TypeAlias = tuple[Count, Count]
"""First, and behind the last."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a step runs."""

    __pydantic_config__: ClassVar = STRICT

    place: Literal["virtual", "real"]
    engine: Engine
    """What runs its macros."""

    pes: Range
    """PEs it occupies; none without macros."""

    def __post_init__(self) -> None:
        place = place_of(self.engine)
        if self.place != place:
            raise ValueError(f"'place' of {self.engine!r} must be {place!r}, not {self.place!r}")


@dataclass(frozen=True, kw_only=True)
class StepEntry:
    """One operation of the program."""

    __pydantic_config__: ClassVar = STRICT

    name: str
    kind: Literal["matrix", "sum", "maximum"]
    settings: dict[str, Immediate]
    """By the names of :class:`hw_spec.program.Setting`."""

    output: Layout
    address: Address


@dataclass(frozen=True, kw_only=True)
class PeEntry:
    """A PE in use. Its scales are those of its columns in the network."""

    __pydantic_config__: ClassVar = STRICT

    layer: Count
    copy: Count
    first_block: Count
    chained: bool
    ends: bool
    rows: tuple[Range, ...]
    columns: Range


@dataclass(frozen=True, kw_only=True, eq=False)
class CompiledEntry:
    """All that stands under ``compiled``."""

    __pydantic_config__: ClassVar = STRICT

    chip: ChipSpec
    mapping: pieces.Mapping
    steps: tuple[StepEntry, ...]
    pes: tuple[PeEntry, ...]
    pieces: Array
    """int32, shape (pieces, fields): the piece memory; fields as in ``PIECE_FIELDS``."""

    multipliers: Array
    """int16, shape (scale words, word): those of the vector unit."""

    biases: Array
    """int32, of the same shape."""

    program: Array
    """uint32: the words that the host loads."""

    input: Layout
    output: Layout


def place_of(engine: str) -> str:
    """Return where an engine is."""
    return "virtual" if engine == VIRTUAL else "real"


def describe(
    compiled: Compiled, chip: ChipSpec, engines: Mapping[str, str], arrays: dict[str, np.ndarray]
) -> dict[str, Any]:
    """Return a compiled network as a tree of JSON; its arrays are put into ``arrays``.

    Parameters
    ----------
    compiled : Compiled
        Network.
    chip : ChipSpec
        Chip it was compiled for.
    engines : mapping of str to str
        Engine of each step.
    arrays : dict
        Arrays of the file.
    """
    rows = [[int(getattr(piece, field)) for field in PIECE_FIELDS] for piece in compiled.pieces]
    own = {
        "pieces": np.array(rows, dtype=np.int32).reshape(-1, len(PIECE_FIELDS)),
        "multipliers": compiled.multipliers,
        "biases": compiled.biases,
        "program": np.array([word.encode() for word in compiled.program], dtype=np.uint32),
    }
    arrays |= {f"compiled/{key}": np.ascontiguousarray(array) for key, array in own.items()}
    return {
        "chip": chip.model_dump(mode="json"),
        "mapping": compiled.mapping,
        "steps": [
            {
                "name": step.name,
                "kind": step.kind.name.lower(),
                "settings": {setting.name: value for setting, value in step.settings.items()},
                "output": asdict(step.output),
                "address": {
                    "engine": engines[step.name],
                    "place": place_of(engines[step.name]),
                    "pes": [step.pes.start, step.pes.stop],
                },
            }
            for step in compiled.steps
        ],
        "pes": [
            {
                "layer": pe.layer,
                "copy": pe.copy,
                "first_block": pe.first_block,
                "chained": pe.chained,
                "ends": pe.ends,
                "rows": [[rows.start, rows.stop] for rows in pe.rows],
                "columns": [pe.columns.start, pe.columns.stop],
            }
            for pe in compiled.pes
        ],
        "input": asdict(compiled.input),
        "output": asdict(compiled.output),
        **{key: {"array": f"compiled/{key}"} for key in own},
    }
