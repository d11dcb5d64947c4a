import io

import numpy as np
import pytest
from rich.console import Console

from cosim.farm import Finished
from cosim.job import MacroRun
from ohmloop import progress
from ohmloop.progress import State, follow


def finished(macro, *, kept=False, cycles=1000):
    run = MacroRun(
        psums=np.zeros((1, 1)),
        done_cycles=np.array([cycles]),
        conversions=1,
        code_counts=np.array([1]),
        array_j=0.0,
        toggles={},
    )
    return Finished(macro=macro, run=run, kept=kept)


def results(count, kept=0):
    for macro in range(count):
        yield finished(macro, kept=macro < kept)


@pytest.fixture
def clock(monkeypatch):
    """A clock that runs half a second between two looks."""
    times = iter(range(10**6))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(times) / 2)


def lines(count, **options):
    out = io.StringIO()
    passed = list(follow(results(count, **options), count, Console(file=out, width=100)))
    assert [one.macro for one in passed] == list(range(count))
    return out.getvalue().splitlines()


def test_line_now_and_then_away_from_a_terminal(clock):
    said = lines(1000)
    assert 2 < len(said) < 110  # 1000 s at two looks per macro, and 10 s between lines
    assert said[0].startswith("1 of 1000 macros, ")


def test_kept_macros_count_neither_for_speed_nor_for_time_left(clock):
    (said,) = lines(4, kept=3)
    # Two looks at the clock after the last kept one: 1 s.
    assert said == "1 of 1 macros, 3 kept from before, 1,000 cycles/s, 0 s left"


def test_nothing_is_said_where_all_was_kept():
    assert lines(3, kept=3) == []


def test_state_tells_speed_and_time_left():
    state = State(done=3, total=12, kept=0, cycles=6000, elapsed_s=2.0)
    assert str(state) == "3 of 12 macros, 3,000 cycles/s, 6 s left"  # by hand: 2 s / 3 * 9


def test_bar_on_a_terminal():
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    assert len(list(follow(results(3, kept=1), 3, console))) == 3
    assert "2 of 2 macros, 1 kept from before" in out.getvalue()
