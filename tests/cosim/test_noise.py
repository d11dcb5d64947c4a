import dataclasses

import numpy as np
import pytest

from cosim.codes import convert_all


@pytest.mark.parametrize("kind", ["flash", "sar"])
def test_noise_of_a_job_that_goes_on_goes_on(kind, make_chip, make_job):
    whole = make_job(make_chip(adc={"kind": kind}), vectors=40)
    rest = dataclasses.replace(whole, inputs=whole.inputs[32:], first_block=2)
    np.testing.assert_array_equal(convert_all(rest).codes, convert_all(whole).codes[32:])
    again = dataclasses.replace(rest, first_block=0)
    assert (convert_all(again).codes != convert_all(whole).codes[32:]).any()
