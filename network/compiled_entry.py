"""How a compiled network stands in its file, and what of that is needed to compile it again."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from hw_spec.chip import ChipSpec
from hw_spec.program import PIECE_FIELDS
from network import pieces
from network.compiled import Compiled

Engine: TypeAlias = Literal["twin", "native", "cocotb"]
VIRTUAL: Engine = "twin"
"""The one engine that is no hardware."""


class _Entry(BaseModel):
    """Keys that are not named are compared, not read."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class AddressEntry(_Entry):
    """Where a step runs."""

    engine: Engine
    """What runs its macros."""


class SettingsEntry(_Entry):
    """Settings of a step."""

    COPIES: Annotated[int, Field(ge=1)] = 1
    """Copies of a layer; steps without weights have no such setting."""


class StepEntry(_Entry):
    """One operation of the program."""

    name: str
    settings: SettingsEntry
    address: AddressEntry


class CompiledEntry(_Entry):
    """What is read of all that stands under ``compiled``."""

    chip: ChipSpec
    mapping: pieces.Mapping
    steps: tuple[StepEntry, ...]


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
