"""Exact gate counts: what they cost beside the plain loop, compiled and in numpy."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from cosim.build import design
from cosim.cache import writable
from cosim.codes import convert_all
from cosim.engines import native
from cosim.native.batch import batch
from cosim.native.build import native_library
from cosim.native.library import recorded_places, run_raw
from cosim.native.recording import python_sink
from energy.liberty import SKY130, read_liberty
from energy.netlist.build import netlist
from energy.replay.run import run_gates
from energy.replay.vectorised import VectorisedReplay
from ohmloop.speed.jobs import digits_job
from ohmloop.speed.rounds import Figures, seconds

VECTORS = 4000
NUMPY_VECTORS = 500
NUMPY_WORDS = 256
"""Words of 64 cycles that numpy takes at once."""


def gates_against_raw(build_dir: Path) -> Callable[[], Figures]:
    """Run the digits layer with every net of its macro counted."""
    job, short = digits_job(vectors=VECTORS), digits_job(vectors=NUMPY_VECTORS)
    rtl = design(job.chip.macro, build_dir)
    library = native_library(rtl, build_dir)
    work = batch(job, convert_all(job).codes)
    period_s = job.chip.clock_period_s.value
    gates = netlist(rtl, read_liberty(SKY130), build_dir, period_s=period_s)
    work_dir = writable(build_dir / "runs" / "bench" / "gates")

    places = recorded_places(library, [*rtl.registers, *rtl.inputs])
    blocks: list[np.ndarray] = []
    sink = python_sink(lambda bits, *_: blocks.append(bits.copy()), places.bits)
    recorded = native.run(short, work_dir, build_dir=build_dir, sink=sink)
    # The last block is held behind its last cycle, which changes nothing.
    bits = np.concatenate(blocks, axis=1)

    def replay() -> None:
        numpy = VectorisedReplay(gates, places.first)
        for first in range(0, bits.shape[1], NUMPY_WORDS):
            part = np.ascontiguousarray(bits[:, first : first + NUMPY_WORDS])
            left = recorded.cycles - 64 * first
            numpy.take(part, min(left, 64 * part.shape[1]), 64 * first)

    def take() -> Figures:
        cycles: list[int] = []
        raw_s = seconds(lambda: cycles.append(run_raw(library, work)))
        whole_s = seconds(lambda: run_gates(job, gates, work_dir, build_dir=build_dir))
        rate = VECTORS * job.chip.macro.cycles_per_vector / whole_s
        return {
            "gate_energy_over_raw": rate / (cycles[0] / raw_s),
            "gate_energy_cycles_per_s": rate,
            "gate_numpy_cycles_per_s": recorded.cycles / seconds(replay),
        }

    return take
