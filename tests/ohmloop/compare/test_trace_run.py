"""What is kept of the traces of a layer, on a layer that many macros share."""

import numpy as np
import pytest

from cosim.tile.inference import Conditions, infer
from cosim.twin.compute import compute
from energy.traces import LEVELS, PSEUDO, Held
from ohmloop.compare.trace_run import keep


@pytest.fixture(scope="module")
def case(make_case):
    return make_case({"bits": 6, "step": 2, "zero_code": 32}, images=3)


def test_shares_are_those_of_what_the_macros_hold_and_are_given(case):
    compiled, jobs = case.compiled, {}
    runs = infer(
        compiled,
        case.chip,
        case.images,
        Conditions(),
        run_macro=lambda step: lambda job: compute(job, toggles=False).run,
        seen=jobs.__setitem__,
    )
    first = next(iter(runs))
    kept = keep(compiled, first.step, first.trace)
    # by hand: 3 x 3 x 2 inputs on macros of 8 rows, 4 outputs of 2 cells
    assert dict(kept.held) == {Held(8, 8): 2, Held(2, 8): 1}
    per_pe = compiled.tile.table.macros_per_pe
    ones = bits = cells = above = 0
    for pe in first.step.pes:
        for macro, rows in enumerate(compiled.pes[pe].rows):
            job = jobs[pe * per_pe + macro]
            ones += int(np.unpackbits(job.inputs.astype(np.uint8)).sum())
            bits += len(job.inputs) * len(rows) * 8
            held = job.levels[: len(rows)]
            cells += held.size
            above += int((held > 0).sum())
    assert kept.shares[PSEUDO].inputs == kept.shares[LEVELS].inputs == ones / bits
    assert kept.shares[PSEUDO].weights == above / cells
