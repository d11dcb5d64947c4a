"""Makes a compiled network from what stands in its file, and checks that its parts agree."""

import math

import numpy as np

from hw_spec import check
from hw_spec.program import PIECE_FIELDS, Kind, Piece, Setting
from hw_spec.tile import TileSpec
from network.compiled import Compiled, Pe, Step
from network.compiled_entry import CompiledEntry, PeEntry, StepEntry
from network.integer import INPUT, Concatenation, Convolution, IntegerNetwork, Operation
from network.layer import filled_up
from network.memory import separate
from network.pieces import Layout
from network.program import write_program
from network.room import check_room

ONLY_MATRIX = {Setting.LAYER, Setting.FIRST_END, Setting.CHAIN, Setting.ZERO}
"""Settings that mean nothing to the vector unit."""

COUNTS = (
    Setting.COUNT_ROWS,
    Setting.COUNT_COLUMNS,
    Setting.COUNT_WINDOW_ROWS,
    Setting.COUNT_WINDOW_COLUMNS,
)


def rebuild(entry: CompiledEntry, network: IntegerNetwork) -> Compiled:
    """Return the compiled network that stands in a file.

    Parameters
    ----------
    entry : CompiledEntry
        What stands there.
    network : IntegerNetwork
        Network that was compiled.

    Raises
    ------
    ValueError, TypeError
        If parts do not agree. The message names the step or the PE.
    """
    tile, network = entry.chip.tile_spec(), separate(network)
    operations = [one for one in network.operations if not isinstance(one, Concatenation)]
    names = [operation.name for operation in operations]
    if [step.name for step in entry.steps] != names:
        raise ValueError(f"steps must be those of the network, {', '.join(names)}")
    memory = _pieces(entry.pieces)
    check_room("pieces", len(memory), tile)
    check_room("pes", len(entry.pes), tile)
    check_room("scales", len(entry.multipliers), tile)
    _check_array("multipliers", entry.multipliers, np.int16, (len(entry.multipliers), tile.word))
    _check_array("biases", entry.biases, np.int32, (len(entry.multipliers), tile.word))
    steps: list[Step] = []
    pes: list[Pe] = []
    for one, operation in zip(entry.steps, operations, strict=True):
        try:
            step = _step(one, operation, memory, tile)
            _check_layout(one.output, network.shapes[one.name], tile)
            if isinstance(operation, Convolution):
                check.integer("beginning of 'pes'", step.pes.start, len(pes), len(pes))
                check.integer("end of 'pes'", step.pes.stop, len(pes) + 1, len(entry.pes))
                pes += [_pe(entry.pes[pe], operation, step, pe, tile) for pe in step.pes]
        except (TypeError, ValueError) as error:
            raise ValueError(f"step {one.name!r}: {error}") from None
        steps.append(step)
    program, comments = write_program(steps, tile)
    _check_program(entry.program, [word.encode() for word in program])
    for layout, name in ((entry.input, INPUT), (entry.output, network.output)):
        _check_layout(layout, network.shapes[name], tile)
    return Compiled(
        tile=tile,
        mapping=entry.mapping,
        steps=tuple(steps),
        pes=tuple(pes),
        pieces=memory,
        multipliers=entry.multipliers,
        biases=entry.biases,
        program=program,
        comments=comments,
        input=entry.input,
        output=entry.output,
    )


def _step(
    entry: StepEntry, operation: Operation, memory: tuple[Piece, ...], tile: TileSpec
) -> Step:
    """Return a step, without regard to others."""
    kind, weights = Kind[entry.kind.upper()], None
    if isinstance(operation, Convolution):
        weights = operation.weights.reshape(-1, operation.weights.shape[3])
    if (kind is Kind.MATRIX) != (weights is not None):
        raise ValueError(f"'kind' of a {operation.operation} must be another, not {entry.kind!r}")
    wanted = set(Setting) if kind is Kind.MATRIX else set(Setting) - ONLY_MATRIX
    names = {setting.name for setting in wanted}
    for name in entry.settings:
        check.one_of("setting", name, sorted(names))
    missing = sorted(names - entry.settings.keys())
    if missing:
        raise ValueError(f"setting {missing[0]!r} is missing")
    settings = {setting: entry.settings[setting.name] for setting in Setting if setting in wanted}
    for setting in (*COUNTS, Setting.COPIES, Setting.BLOCKS, Setting.PIECES):
        check.integer(f"setting {setting.name}", settings[setting], 1, 2**21)
    first = check.integer("setting FIRST_PIECE", settings[Setting.FIRST_PIECE], 0, len(memory) - 1)
    stop = first + settings[Setting.PIECES]
    check.integer("setting PIECES", settings[Setting.PIECES], 1, len(memory) - first)
    pes = range(*entry.address.pes)
    chains = settings[Setting.COPIES] * settings[Setting.BLOCKS]
    want = chains * settings[Setting.CHAIN] if kind is Kind.MATRIX else 0
    if len(pes) != want:
        raise ValueError(f"'pes' must be {want}, as its settings have it, not {len(pes)}")
    return Step(
        name=entry.name,
        kind=kind,
        settings=settings,
        pieces=memory[first:stop],
        output=entry.output,
        positions=math.prod(settings[count] for count in COUNTS),
        pes=pes if kind is Kind.MATRIX else range(0),
        weights=weights,
    )


def _pe(entry: PeEntry, operation: Convolution, step: Step, number: int, tile: TileSpec) -> Pe:
    """Return a PE of a layer."""
    subject, size = f"PE {number}", tile.table.macros_per_pe
    lane, place = divmod(number - step.pes.start, step.settings[Setting.CHAIN])
    want = {
        "layer": step.settings[Setting.LAYER],
        "copy": lane // step.settings[Setting.BLOCKS],
        "first_block": place * size,
        "chained": place > 0,
        "ends": place == step.settings[Setting.CHAIN] - 1,
    }
    for key, value in want.items():
        if getattr(entry, key) != value:
            raise ValueError(
                f"{subject}: {key!r} must be {value}, as its step has it, not {getattr(entry, key)}"
            )
    check.integer(f"{subject}: number of its macros", len(entry.rows), 1, size)
    outputs = len(operation.biases)
    ends = [(rows, operation.weights.size // outputs, tile.word) for rows in entry.rows]
    for (first, stop), most, room in (*ends, (entry.columns, outputs, tile.block)):
        check.integer(f"{subject}: end of a range", stop, first + 1, min(most, first + room))
    columns = range(*entry.columns)
    return Pe(
        layer=entry.layer,
        copy=entry.copy,
        first_block=entry.first_block,
        chained=entry.chained,
        ends=entry.ends,
        rows=tuple(range(*rows) for rows in entry.rows),
        columns=columns,
        biases=filled_up(operation.biases, columns, tile.block),
        multipliers=filled_up(operation.multipliers, columns, tile.block),
    )


def _pieces(table: np.ndarray) -> tuple[Piece, ...]:
    """Return the piece memory."""
    _check_array("pieces", table, np.int32, (len(table), len(PIECE_FIELDS)))
    memory = []
    for row in table.tolist():
        fields = dict(zip(PIECE_FIELDS, row, strict=True))
        flags = {name: bool(fields[name]) for name in ("opens", "closes", "begins", "ends")}
        memory.append(Piece(**fields | flags))
        memory[-1].encode()  # raises if a field does not fit
    return tuple(memory)


def _check_array(key: str, array: np.ndarray, dtype: type, shape: tuple[int, ...]) -> None:
    have, want = f"{array.dtype} {array.shape}", f"{np.dtype(dtype)} {shape}"
    if have != want:
        raise ValueError(f"{key!r} must be {want}, not {have}")


def _check_program(have: np.ndarray, want: list[int]) -> None:
    _check_array("program", have, np.uint32, (len(want),))
    for number, (word, own) in enumerate(zip(have.tolist(), want, strict=True)):
        if word != own:
            raise ValueError(
                f"word {number} of 'program' must be {own:#010x}, as the steps have it, "
                f"not {word:#010x}"
            )


def _check_layout(layout: Layout, shape: tuple[int, int, int], tile: TileSpec) -> None:
    """Check that a tensor has its shape and lies in the memory."""
    have = (layout.height, layout.width, layout.channels)
    if have != shape:
        raise ValueError(f"shape of its tensor must be {shape}, as in the network, not {have}")
    last = layout.address + (layout.height * layout.width - 1) * layout.pitch + layout.channels
    check.integer("pitch of its tensor", layout.pitch, layout.channels, 2**21)
    check.integer("address of its tensor", layout.address, 0, tile.table.activations)
    check.integer("end of its tensor", last, 1, tile.table.activations)
