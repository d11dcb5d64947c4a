"""How far a farm is: a bar on a terminal, a line now and then elsewhere."""

import contextlib
import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from cosim.farm import Finished

LINE_EVERY_S = 10
"""Time between two lines where there is no terminal, in seconds."""


@dataclass(frozen=True, kw_only=True)
class State:
    """How far a farm is."""

    done: int
    """Macros simulated so far."""

    total: int
    """Macros to simulate."""

    kept: int
    """Macros whose results were there before."""

    cycles: int
    """Cycles simulated so far, of all macros together."""

    elapsed_s: float
    """Time since the first macro was sent out, in seconds."""

    def __str__(self) -> str:
        parts = [f"{self.done} of {self.total} macros"]
        if self.kept:
            parts.append(f"{self.kept} kept from before")
        if self.done:
            left_s = self.elapsed_s / self.done * (self.total - self.done)
            parts.append(f"{self.cycles / self.elapsed_s:,.0f} cycles/s")
            parts.append(f"{left_s:.0f} s left")
        return ", ".join(parts)


def follow(
    results: Iterable[Finished], macros: int, console: Console
) -> Generator[Finished, None, None]:
    """Pass results on, and show macros done, simulated cycles per second and time left.

    Parameters
    ----------
    results : iterable of Finished
        What :func:`cosim.farm.run_farm` gives, kept results first.
    macros : int
        How many there will be.
    console : Console
        Where to show it.
    """
    shown = _bar if console.is_terminal else _lines
    with shown(console) as show:
        start = time.monotonic()
        done = kept = cycles = 0
        for finished in results:
            now = time.monotonic()
            if finished.kept:
                kept, start = kept + 1, now
            else:
                done, cycles = done + 1, cycles + finished.run.cycles
            total, elapsed_s = macros - kept, now - start
            show(State(done=done, total=total, kept=kept, cycles=cycles, elapsed_s=elapsed_s))
            yield finished


@contextlib.contextmanager
def _bar(console: Console) -> Iterator[Callable[[State], None]]:
    columns = (BarColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("starting", total=None)

        def show(state: State) -> None:
            progress.update(bar, completed=state.done, total=state.total, description=str(state))

        yield show


@contextlib.contextmanager
def _lines(console: Console) -> Iterator[Callable[[State], None]]:
    last = -math.inf

    def show(state: State) -> None:
        nonlocal last
        now = time.monotonic()
        if state.done and now - last >= LINE_EVERY_S:
            last = now
            console.print(str(state))

    yield show


@contextlib.contextmanager
def shares(console: Console) -> Iterator[Callable[[str, float | None], None]]:
    """Show what is being done and which share of it is done; a line per task off a terminal."""
    if not console.is_terminal:
        told: set[str] = set()

        def tell(what: str, share: float | None) -> None:
            if what not in told:
                told.add(what)
                console.print(what)

        yield tell
        return
    columns = (BarColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("starting", total=None)

        def show(what: str, share: float | None) -> None:
            total = None if share is None else 1.0
            progress.update(bar, description=what, completed=share or 0.0, total=total)

        yield show
