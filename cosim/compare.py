"""Runs a job on several engines and finds the first thing in which two outcomes differ."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from cosim.job import MacroRun

Outcome = MacroRun | Exception
"""What an engine makes of a job: a result, or the exception it ended with."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The first thing in which the outcomes of two engines differ."""

    engines: tuple[str, str]
    """Names of the engines."""

    what: str
    """What differs, in words: the field, and the vector, output or register."""

    values: tuple[str, str]
    """What each engine says."""

    def __str__(self) -> str:
        said = (
            f"{value} on {engine}" for engine, value in zip(self.engines, self.values, strict=True)
        )
        return f"{self.what} is {' and '.join(said)}"


def attempt(run: Callable[[], MacroRun]) -> Outcome:
    """Return what a run ends with.

    Whatever it raises is an outcome, except that it cannot do its work here at all.

    Raises
    ------
    OSError
        If a tool is missing or a folder cannot be written.
    """
    try:
        return run()
    except TimeoutError as error:  # an OSError as well, but one about the job
        return error
    except OSError:
        raise
    except Exception as error:
        return error


def first_difference(outcomes: Mapping[str, Outcome]) -> Difference | None:
    """Return the first difference between the first outcome and any other, by engine.

    Outcomes are compared exactly, exceptions by their type alone.
    """
    names = list(outcomes)
    for name in names[1:]:
        engines = (names[0], name)
        one, other = (outcomes[engine] for engine in engines)
        for what, *values in _differences(one, other):
            return Difference(engines=engines, what=what, values=(values[0], values[1]))
    return None


def _differences(one: Outcome, other: Outcome) -> Iterator[tuple[str, str, str]]:
    """Yield what differs and what each side says."""
    if isinstance(one, Exception) or isinstance(other, Exception):
        if type(one) is not type(other):
            yield "outcome", _ending(one), _ending(other)
        return
    yield from _array_difference("psum of vector {}, output {}", one.psums, other.psums)
    yield from _array_difference("done cycle of vector {}", one.done_cycles, other.done_cycles)
    yield from _array_difference("count of code {}", one.code_counts, other.code_counts)
    for field in ("conversions", "array_j"):
        values = getattr(one, field), getattr(other, field)
        if values[0] != values[1]:
            yield f"'{field}'", repr(values[0]), repr(values[1])
    for path in {**one.toggles, **other.toggles}:
        counts = one.toggles.get(path), other.toggles.get(path)
        if counts[0] != counts[1]:
            yield f"toggle count of register '{path}'", str(counts[0]), str(counts[1])


def _array_difference(
    what: str, one: np.ndarray, other: np.ndarray
) -> Iterator[tuple[str, str, str]]:
    """Yield where two arrays first differ; ``what`` has a place for each index."""
    if one.shape != other.shape:
        yield f"shape of the {what.partition(' of ')[0]}s", str(one.shape), str(other.shape)
        return
    for index in np.argwhere(one != other):
        place = tuple(index)
        yield what.format(*place), str(one[place]), str(other[place])


def _ending(outcome: Outcome) -> str:
    if isinstance(outcome, MacroRun):
        return "a result"
    return f"{type(outcome).__name__} ({str(outcome).partition(chr(10))[0]})"
