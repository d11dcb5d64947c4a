"""The core of a tile by itself: it runs the program for its host, while its PEs are predicted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cosim.native.recording import Behind, Phase, spans
from cosim.native.replay import Replay
from cosim.native.tracks import Track, level, moments, one_hot, pulses, words
from cosim.tile.cycles import NetworkCycles
from cosim.tile.host_replay import HostTimes, answers, configuration, requests
from cosim.tile.schedule import StepSchedule
from cosim.tile.traffic import Traffic, absolute
from hw_spec.program import Setting
from hw_spec.tile import POOL_BITS, SHIFT_BITS, TileSpec


@dataclass(frozen=True, kw_only=True, eq=False)
class _Operations:
    """All MATRIX operations of all images."""

    runs: Sequence[tuple[Traffic, StepSchedule, np.ndarray, int]]
    """Traffic and schedule of each step, the cycles in which it starts, and how long it takes."""

    def at(self, cycles: Callable[[Traffic, StepSchedule], np.ndarray]) -> np.ndarray:
        """Return cycles of each operation, as cycles since the reset."""
        parts = [absolute(origins, cycles(one, when)) for one, when, origins, _ in self.runs]
        return np.concatenate([np.zeros(0, np.int64), *parts])

    def rows(self, values: Callable[[Traffic], np.ndarray], bits: int) -> np.ndarray:
        """Return values of so many bits in the order of :meth:`at`."""
        parts = [values(one).reshape(-1, words(bits)) for one, *_ in self.runs]
        return np.concatenate([np.zeros((0, words(bits)), np.uint32), *parts])

    def held(self, port: str, value: Callable[[dict[Setting, int]], int]) -> Track:
        """Return what is sent all through each operation."""
        origins = self.at(lambda *_: np.zeros(1, np.int64))
        each = [(value(one.step.settings), took, len(starts)) for one, _, starts, took in self.runs]
        values, lasts, runs = np.array(each, np.int64).reshape(-1, 3).T
        return moments(port, origins, np.repeat(values, runs), lasts=np.repeat(lasts, runs))


def core_replay(
    tile: TileSpec,
    host: HostTimes,
    cycles: NetworkCycles,
    traffics: Sequence[Traffic],
    outputs: np.ndarray,
) -> Replay:
    """Return the replay of a core. Its only probe keeps what the host reads of the log.

    Parameters
    ----------
    tile : TileSpec
        Tile of the core.
    host : HostTimes
        What the host does.
    cycles : NetworkCycles
        Of the program.
    traffics : sequence of Traffic
        What crosses the border to the PEs, step by step.
    outputs : ndarray of int, shape (values,)
        What the host must read of the activation memory, in order.
    """
    starts = [host.origins + step.started for step in cycles.steps]
    matrix = _Operations(
        runs=[
            (one, one.schedule, origins, step.operation)
            for one, origins, step in zip(traffics, starts, cycles.steps, strict=True)
            if one.schedule is not None
        ]
    )
    sent = [
        absolute(origins, one.word_cycles) for one, origins in zip(traffics, starts, strict=True)
    ]
    ends = host.origins + cycles.cycles
    return Replay(
        cycles=host.end,
        feeds=[*requests(host), *_from_pes(tile, matrix)],
        checks=[
            level("irq", host.origins, ends, inside=0),
            answers(host, outputs),
            *configuration(tile, host),
            moments(
                "pes__word", np.concatenate(sent), np.concatenate([one.words for one in traffics])
            ),
            *_to_pes(tile, matrix),
        ],
        probes=[("host__answer", host.log.astype(np.uint64))],
        rests=np.zeros(0, np.uint64),
        windows=np.column_stack([host.origins, ends]).astype(np.uint64),
        spans=spans(
            (Phase.LOADED, np.append(0, ends), Behind.STATE),
            (Phase.RUNNING, host.origins, Behind.CHANGE),
        ),
    )


def _from_pes(tile: TileSpec, matrix: _Operations) -> list[Track]:
    """Return what all PEs together tell the core."""
    loaded = matrix.at(lambda _, when: when.loads[:, 0, 0])
    begun = matrix.at(lambda _, when: when.begun)
    taken = matrix.at(lambda one, _: one.result_cycles)
    results = matrix.rows(lambda one: one.results, tile.block * tile.macro.input_bits)
    return [
        # The macro that gets its word first is the first that takes no other until it starts.
        level("pes__ready", loaded + 1, begun, inside=0),
        level("pes__converting", begun + 1, begun + 1 + tile.macro.cycles_per_vector),
        pulses("pes__finished", matrix.at(lambda _, when: when.finished)),
        pulses("pes__result", taken, results),
    ]


def _to_pes(tile: TileSpec, matrix: _Operations) -> list[Track]:
    """Return what the core tells its PEs of an operation, but for the words themselves."""
    sent = matrix.at(lambda one, _: one.word_cycles)
    taken = matrix.at(lambda one, _: one.result_cycles)
    ends = matrix.rows(lambda one: np.tile(one.ends, one.images * len(one.result_cycles)), 32)
    complete = matrix.at(lambda _, when: when.complete)
    windows = (Setting.COUNT_WINDOW_ROWS, Setting.COUNT_WINDOW_COLUMNS)
    zeros, pools = 2**tile.macro.input_bits - 1, 2**POOL_BITS - 1
    return [
        matrix.held("pes__layer", lambda settings: settings[Setting.LAYER]),
        matrix.held("pes__shift", lambda settings: settings[Setting.SHIFT] & 2**SHIFT_BITS - 1),
        matrix.held("pes__zero", lambda settings: settings[Setting.ZERO] & zeros),
        matrix.held(
            "pes__pool", lambda settings: settings[windows[0]] * settings[windows[1]] & pools
        ),
        pulses("pes__word_valid", sent),
        moments(
            "pes__word_block",
            sent,
            matrix.rows(lambda one: np.tile(one.blocks, one.images), 32)[:, 0],
        ),
        moments(
            "pes__word_copy",
            sent,
            matrix.rows(lambda one: np.tile(one.copies, one.images), 32)[:, 0],
        ),
        level("pes__complete", complete, matrix.at(lambda _, when: when.begun) + 1),
        pulses("pes__select", taken, one_hot(ends[:, 0], tile.table.pes)),
    ]
