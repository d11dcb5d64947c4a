"""What a small network does on a small tile, with every macro on one engine."""

import pytest

from cosim.tile.engines import macro_runner
from cosim.tile.inference import Conditions, infer


@pytest.fixture(scope="session")
def run_steps(build_dir, tmp_path_factory):
    """Return a function that gives the runs of all steps of a case, and the jobs of its macros.

    Macros run on the twin where it is not given another address.
    """

    def run_steps(case, addresses=()):
        every = {step.name: "twin" for step in case.compiled.steps} | dict(addresses)
        work_dir = tmp_path_factory.mktemp("macros")
        run_macro = macro_runner(every, build_dir=build_dir, work_dir=work_dir)
        jobs = {}
        steps = infer(
            case.compiled,
            case.chip,
            case.images,
            Conditions(),
            run_macro=run_macro,
            seen=jobs.__setitem__,
        )
        return list(steps), jobs

    return run_steps
