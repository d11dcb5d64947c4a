import pytest

from cosim.analog import AnalogService
from cosim.job import Pauses
from cosim.loop import Sense, macro_loop

IDLE = Sense(0, 0, 0, 0, 0, 0, 0, 0)


def start(job):
    loop = macro_loop(job, AnalogService(job))
    return loop, next(loop)


def test_offered_beat_holds_until_it_is_taken(make_chip, make_job):
    loop, first = start(make_job(make_chip(), pauses=Pauses(inputs=0.5, seed=1)))
    while not first.row_valid:
        first = loop.send(IDLE)
    for _ in range(20):
        drive = loop.send(IDLE)
        assert (drive.row_valid, drive.row_beat) == (1, first.row_beat)


def test_codes_appear_after_the_conversion_and_hold(make_chip, make_job):
    job = make_job(make_chip(adc={"conversion_cycles": 3}), ideal=True)
    loop, drive = start(job)
    spec = job.chip.macro
    strobe = IDLE._replace(sample=1, column_select=1, word_lines=2**spec.rows - 1)
    codes = [drive.answers, loop.send(strobe).answers]
    codes += [loop.send(IDLE).answers for _ in range(6)]
    # No row is driven, so every lane gives the zero code, from three cycles after the strobe.
    zero = sum(spec.adc.zero_code << (spec.adc.bits * lane) for lane in range(spec.lanes))
    assert codes == [0, 0, 0] + [zero] * 5


def test_wrong_column_select_is_refused(make_chip, make_job):
    loop, _ = start(make_job(make_chip()))
    with pytest.raises(
        ValueError, match=r"^Column select must have one bit set, not 0x3 \(conversion 0\)$"
    ):
        loop.send(IDLE._replace(sample=1, column_select=3))


def test_silent_macro_is_stuck(make_chip, make_job):
    loop, _ = start(make_job(make_chip()))
    for _ in range(1027):  # cycles_per_vector + PATIENCE_CYCLES
        loop.send(IDLE._replace(status=1))
    loop.send(IDLE)
    with pytest.raises(
        TimeoutError,
        match=r"^Macro made no progress in 1028 cycles while waiting for a row beat to be taken "
        r"\(0 of 12 vectors done, cycle 1028\); sequencer: loaded 1, converting 0, finished 0, "
        r"draining 0, plane 0, group 0, column 0$",
    ):
        loop.send(IDLE._replace(status=1))
