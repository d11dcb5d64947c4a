"""Ctypes front of ``replay_loop.cpp``."""

import ctypes
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from cosim.native.recording import Sink
from cosim.native.tracks import Track


class _TrackStruct(ctypes.Structure):
    """``Track`` of ``replay_loop.h``."""

    _fields_ = [
        *((name, ctypes.c_uint64) for name in ("port", "count", "stride")),
        *((name, ctypes.c_void_p) for name in ("cycles", "ends", "values")),
    ]


_COUNTS = ("cycles", "feeds", "checks", "probes", "rests", "windows")
_ARRAYS = ("feed", "check", "probe", "rest", "window", "seen")


class ReplayStruct(ctypes.Structure):
    """``Replay`` of ``replay_loop.h``."""

    _fields_ = [
        *((name, ctypes.c_uint64) for name in _COUNTS),
        *((name, ctypes.c_void_p) for name in _ARRAYS),
    ]


class Outcome(ctypes.Structure):
    """How far a replay is, or how it ended; see ``replay_loop.h``."""

    _fields_ = [
        ("verdict", ctypes.c_int64),
        *((name, ctypes.c_uint64) for name in ("cycle", "check", "value")),
    ]


def struct(
    ports: Sequence[str],
    *,
    feeds: Sequence[Track],
    checks: Sequence[Track],
    probes: Sequence[Track],
    cycles: int,
    rest: np.ndarray,
    window: np.ndarray,
    seen: np.ndarray,
) -> ReplayStruct:
    """Return the structure for the library, which must not outlive any of the arrays.

    Parameters
    ----------
    ports : sequence of str
        Ports of the design, in its order.
    feeds, checks, probes : sequence of Track
        Checked tracks; the values of probes are written.
    cycles, rest, window
        Of the replay.
    seen : ndarray of uint32, shape (1, words of the widest port)
        Written.
    """
    numbers = {name: n for n, name in enumerate(ports)}
    tracks = [_tracks(numbers, each) for each in (feeds, checks, probes)]
    arrays = dict(zip(_ARRAYS, [*map(ctypes.addressof, tracks)], strict=False))
    arrays |= {"rest": rest.ctypes.data, "window": window.ctypes.data, "seen": seen.ctypes.data}
    result = ReplayStruct(
        cycles=cycles,
        feeds=len(feeds),
        checks=len(checks),
        probes=len(probes),
        rests=len(rest),
        windows=len(window),
        **arrays,
    )
    result.kept = tracks  # as long as the structure
    return result


def _tracks(numbers: dict[str, int], tracks: Sequence[Track]) -> "ctypes.Array[_TrackStruct]":
    structs = (_TrackStruct * len(tracks))()
    for one, track in zip(structs, tracks, strict=True):
        one.port, one.count = numbers[track.port], len(track.cycles)
        one.stride = track.values.strides[0] // track.values.itemsize
        one.cycles, one.values = track.cycles.ctypes.data, track.values.ctypes.data
        one.ends = None if track.ends is None else track.ends.ctypes.data
    return structs


def record(calls: ctypes.CDLL, loop: int, sinks: Sequence[Sink], spans: np.ndarray) -> None:
    """Have a loop that was not turned yet record; it must not outlive sinks and spans."""
    functions = (ctypes.c_void_p * len(sinks))(*(sink.function for sink in sinks))
    contexts = (ctypes.c_void_p * len(sinks))(*(sink.context for sink in sinks))
    calls.ohmloop_replay_record(
        loop, functions, contexts, len(sinks), spans.ctypes.data, len(spans)
    )


_ADDRESS, _COUNT = ctypes.c_void_p, ctypes.c_uint64
_CALLS: dict[str, tuple[type | None, list[type]]] = {
    "ohmloop_replay_new": (_ADDRESS, [_ADDRESS]),
    "ohmloop_replay_free": (None, [_ADDRESS]),
    "ohmloop_replay_turn": (None, [_ADDRESS, _COUNT, _ADDRESS]),
    "ohmloop_replay_counts": (None, [_ADDRESS, _ADDRESS]),
    "ohmloop_replay_record": (None, [_ADDRESS, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS, _COUNT]),
    "ohmloop_replay_recorded": (None, [_ADDRESS]),
    "ohmloop_counters": (_COUNT, [_ADDRESS]),
}


@cache
def load(library: Path) -> ctypes.CDLL:
    """Return a library whose functions know their types."""
    loaded = ctypes.CDLL(str(library))
    for name, (result, arguments) in _CALLS.items():
        call: Callable[..., object] = getattr(loaded, name)
        call.restype, call.argtypes = result, arguments  # type: ignore[attr-defined]
    return loaded
