import dataclasses

import numpy as np
import pytest

from cosim.job import Pauses, Timetable


def test_float_inputs(make_chip, make_job):
    job = make_job(make_chip())
    with pytest.raises(TypeError, match=r"^Inputs must be integers, not float64$"):
        dataclasses.replace(job, inputs=job.inputs * 1.0)


def test_inputs_of_wrong_shape(make_chip, make_job):
    job = make_job(make_chip())
    with pytest.raises(
        ValueError, match=r"^Inputs must have the shape \(1 or more, 10\), not \(12, 9\)$"
    ):
        dataclasses.replace(job, inputs=job.inputs[:, 1:])


def test_no_inputs(make_chip, make_job):
    job = make_job(make_chip())
    with pytest.raises(
        ValueError, match=r"^Inputs must have the shape \(1 or more, 10\), not \(0, 10\)$"
    ):
        dataclasses.replace(job, inputs=job.inputs[:0])


@pytest.mark.parametrize("value", [-1, 8])
def test_inputs_out_of_range(value, make_chip, make_job):
    job = make_job(make_chip())
    inputs = np.full_like(job.inputs, value)
    with pytest.raises(ValueError, match=rf"^Inputs must be between 0 and 7, not {value}$"):
        dataclasses.replace(job, inputs=inputs)


def test_levels_of_wrong_type_shape_and_range(make_chip, make_job):
    job = make_job(make_chip())
    with pytest.raises(TypeError, match=r"^Levels must be of uint8, not int64$"):
        dataclasses.replace(job, levels=job.levels.astype(np.int64))
    with pytest.raises(
        ValueError, match=r"^Levels must have the shape of the macro \(10, 12\), not \(10, 11\)"
    ):
        dataclasses.replace(job, levels=job.levels[:, 1:])
    with pytest.raises(ValueError, match=r"^Levels must be between 0 and 3, not 4$"):
        dataclasses.replace(job, levels=job.levels * 0 + 4)


@pytest.mark.parametrize(
    ("loads", "starts", "cycles", "message"),
    [
        ([0, 0], [1, 28], 99, "Vector 1 must load in cycle 1 or later, not in cycle 0"),
        ([0, 1], [0, 28], 99, "Vector 0 must start in cycle 1 or later, not in cycle 0"),
        ([0, 27], [1, 27], 99, "Vector 1 must start in cycle 28 or later, not in cycle 27"),
        ([0, 1], [1, 28], 66, "Timetable must last at least 67 cycles, not 66"),
        ([0], [1, 28], 99, r"Timetable must have 2 loads, not the shape \(1,\)"),
    ],
)
def test_timetable_that_cannot_be_kept(loads, starts, cycles, message, make_chip, make_job):
    job = make_job(make_chip(beat_rows=10), vectors=2)
    table = Timetable(loads=np.array(loads), starts=np.array(starts), cycles=cycles)
    with pytest.raises(ValueError, match=f"^{message}$"):
        dataclasses.replace(job, timetable=table)


def test_timetable_needs_a_vector_per_beat_and_no_pauses(make_chip, make_job):
    table = Timetable(loads=np.array([0, 5]), starts=np.array([2, 40]), cycles=100)
    with pytest.raises(ValueError, match=r"^Macro with a timetable must load a vector in 1 beat"):
        dataclasses.replace(make_job(make_chip(), vectors=2), timetable=table)
    paused = make_job(make_chip(beat_rows=10), vectors=2, pauses=Pauses(inputs=0.1))
    with pytest.raises(ValueError, match=r"^Job must have pauses or a timetable, not both$"):
        dataclasses.replace(paused, timetable=table)
