import dataclasses

import numpy as np
import pytest


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
