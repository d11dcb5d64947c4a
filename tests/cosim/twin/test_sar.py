from cosim.codes import convert_all
from cosim.engines import pysim
from cosim.job import Pauses
from cosim.twin.compute import compute
from cosim.twin.plan import plan_macro


def test_lowest_bit_is_kept_when_a_hold_delays_the_next_sample(make_chip, make_job, assert_same):
    chip = make_chip(parallel_rows=10, adc={"kind": "sar", "bits": 2, "zero_code": 3})
    job = make_job(chip, vectors=8, pauses=Pauses(psums=0.9, seed=2))
    plan = plan_macro(job)
    # The first sample of a vector comes with the last code of the one before; then the macro holds.
    samples = plan.sample_cycles(slice(None))
    held = samples[:, 1] > samples[:, 0] + 3
    first_codes = convert_all(job).codes[:, 0, 0, ::3]
    assert (first_codes[held] & 1).any()
    assert_same(compute(job).run, pysim.run(job, None, build_dir=None))
