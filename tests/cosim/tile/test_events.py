import numpy as np
import pytest

from cosim.tile.events import measured_events
from hw_spec.host import LOG_WORDS, Event


def log():
    """Two images, three steps; each counter rises by ten times its number and one, each step."""
    rise = 10 * np.arange(LOG_WORDS) + 1
    return np.tile(rise * np.arange(1, 4)[:, None], (2, 1, 1)).astype(np.int64)


def test_events_of_a_step_are_what_its_counters_rose_by():
    for events in measured_events(log()):
        assert events.filling == 10 * Event.FILLING + 1
        assert events.cycles == 10 * Event.CYCLES + 1


def test_counters_that_depend_on_the_image_are_told():
    entries = log()
    entries[1, 2, Event.DRAINING] += 5
    have = entries[0, 2, Event.DRAINING]
    message = (
        f"^Event counters must not depend on data, but DRAINING after step 2 is {have} of image 0 "
        f"and {have + 5} of image 1$"
    )
    with pytest.raises(RuntimeError, match=message):
        measured_events(entries)
