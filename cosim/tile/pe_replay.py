"""The logic of one PE by itself: what core, macros and the PE before give it, and what it does."""

from dataclasses import dataclass, replace

import numpy as np

from cosim.native.recording import Behind, Phase, spans
from cosim.native.replay import Replay
from cosim.native.tracks import Track, changes, constant, level, moments, pulses
from cosim.tile.pe_frame import PeFrame
from cosim.tile.pe_sums import PeSums
from hw_spec.port import psum_beats
from hw_spec.program import Setting
from hw_spec.timing import PIPELINE_CYCLES
from network.compiled import Compiled

SUM_CYCLES = 1
"""Cycles from the adder tree of a PE to the sums of its chain."""

NEVER = np.zeros(0, np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Times:
    """When what happens in one PE, in cycles of the replay; spans are pairs."""

    busy: tuple[np.ndarray, np.ndarray]
    """Macro 0 holds a vector that it cannot start yet."""

    converting: tuple[np.ndarray, np.ndarray]
    complete: tuple[np.ndarray, np.ndarray]
    """A vector may start, as the PE is told."""

    begun: np.ndarray
    words: list[np.ndarray]
    """Each macro takes its words."""

    psums: np.ndarray
    """Beats of psums come."""

    sums: np.ndarray
    """Sums of the chain are there, beat by beat."""

    finished: np.ndarray
    results: np.ndarray
    """Results are taken; never unless the PE is the end of a chain, as ``finished``."""


def _times(compiled: Compiled, frame: PeFrame, number: int) -> _Times:
    tile, pe, traffic, at = compiled.tile, compiled.pes[number], frame.traffic, frame.at
    schedule = traffic.schedule
    assert schedule is not None
    lane, place = divmod(number - traffic.step.pes.start, traffic.step.settings[Setting.CHAIN])
    starts = schedule.begun + place
    converted = starts + 1 + tile.macro.cycles_per_vector
    beats = np.arange(psum_beats(tile.macro))
    psums = (converted + PIPELINE_CYCLES - 1)[:, None] + beats
    loads = schedule.loads[:, pe.copy, pe.first_block : pe.first_block + pe.macros]
    return _Times(
        busy=(at(loads[:, 0] + 1), at(starts)),
        converting=(at(starts + 1), at(converted)),
        complete=(at(schedule.complete + place), at(starts + 1)),
        begun=at(schedule.begun),
        words=[at(loads[:, macro]) for macro in range(pe.macros)],
        psums=at(psums),
        sums=at(psums + tile.tree_levels + SUM_CYCLES),
        finished=at(schedule.finished) if pe.ends else NEVER,
        results=at(traffic.result_cycles[:, lane]) if pe.ends else NEVER,
    )


def pe_replay(
    compiled: Compiled,
    frame: PeFrame,
    bus: list[Track],
    sums: PeSums,
    number: int,
    writes: np.ndarray,
) -> Replay:
    """Return the replay of the logic of one PE.

    Parameters
    ----------
    compiled : Compiled
        Network.
    frame : PeFrame
        Of the step it takes part in.
    bus : list of Track
        From :func:`bus_feeds`.
    sums : PeSums
        Of the step.
    number : int
        Number of the PE.
    writes : ndarray of uint32, shape (setup, 2)
        Its configuration: index within its words, and data.
    """
    times = _times(compiled, frame, number)
    end = frame.cycles
    return Replay(
        cycles=end,
        feeds=[*bus, *_feeds(compiled, times, sums, number), *_configuration(writes)],
        checks=[
            *_to_core(compiled, frame, times, number),
            *_to_macros(compiled, frame, times, number),
            _to_next(times, sums.sums[number]),
            level("chain_out__complete", times.complete[0] + 1, times.complete[1] + 1),
        ],
        rests=np.column_stack([frame.others, frame.others + 1]).ravel().astype(np.uint64),
        windows=np.array([[frame.setup, end]], np.uint64),
        # What the core sends at rest is not what it would send: its coming is no change.
        spans=spans(
            (Phase.LOADED, np.zeros(1, np.int64), Behind.STATE),
            (Phase.RUNNING, frame.origins, Behind.STATE),
            (Phase.RESTING, frame.others, Behind.STATE),
        ),
    )


def _configuration(writes: np.ndarray) -> list[Track]:
    cycles = np.arange(len(writes))
    return [
        changes("bus__config_index", cycles, writes[:, :1]),
        changes("bus__config_data", cycles, writes[:, 1:]),
    ]


def _feeds(compiled: Compiled, times: _Times, sums: PeSums, number: int) -> list[Track]:
    """Return what a PE alone is given: by its macros, by the PE before, and its select line."""
    pe, first = compiled.pes[number], number * compiled.tile.table.macros_per_pe
    feeds = [
        pulses("bus__select", times.results),
        level("words_0__ready", *times.busy, inside=0),
        level("converting", *times.converting),
    ]
    if pe.chained:
        feeds.append(level("chain_in__complete", *times.complete))
        # The PE before is one cycle ahead.
        feeds.append(changes("chain_in__sums", times.sums - 1, sums.sums[number - 1]))
    valid = pulses("", times.psums)
    for n in range(pe.macros):
        feeds.append(replace(valid, port=f"psums_{n}__valid"))
        feeds.append(changes(f"psums_{n}__payload", times.psums, sums.psums[first + n]))
    return feeds


def _to_core(compiled: Compiled, frame: PeFrame, times: _Times, number: int) -> list[Track]:
    """Return what a PE tells the core: only the first of a chain does, and its end."""
    traffic = frame.traffic
    lane = (number - traffic.step.pes.start) // traffic.step.settings[Setting.CHAIN]
    rows = traffic.results[:, :, lane].reshape(-1, traffic.results.shape[3])
    ends = [
        pulses("bus__finished", times.finished),
        pulses("bus__result", times.results, rows[: len(times.results)]),
    ]
    if compiled.pes[number].chained:
        silent = {"bus__ready": 1, "bus__begins": 0, "bus__converting": 0}
        return [*ends, *(constant(port, value) for port, value in silent.items())]
    return [
        *ends,
        level("bus__ready", *times.busy, inside=0),
        pulses("bus__begins", times.begun),
        level("bus__converting", *times.converting),
    ]


def _to_macros(compiled: Compiled, frame: PeFrame, times: _Times, number: int) -> list[Track]:
    """Return what a PE tells its macros."""
    pe, traffic, others = compiled.pes[number], frame.traffic, frame.others
    first, end = times.complete
    if not pe.chained:  # it hears the core in any layer
        first, end = np.append(first, others), np.append(end, others + 1)
    checks = [level("hold", first, end, inside=0)]
    rows = traffic.words.reshape(traffic.images, -1, traffic.words.shape[1])
    for n in range(compiled.tile.table.macros_per_pe):
        used = n < pe.macros
        loads = times.words[n] if used else NEVER
        checks.append(pulses(f"words_{n}__valid", loads))
        checks.append(constant(f"psums_{n}__ready", 1))
        if used:
            own = (traffic.copies == pe.copy) & (traffic.blocks == pe.first_block + n)
            given = rows[:, own].reshape(-1, rows.shape[2])
            checks.append(moments(f"words_{n}__payload", loads, given))
    return checks


def _to_next(times: _Times, rows: np.ndarray) -> Track:
    """Return the sums that a PE gives the next one."""
    reset = np.zeros_like(rows[:1])
    return changes("chain_out__sums", np.append(0, times.sums), np.concatenate([reset, rows]))
