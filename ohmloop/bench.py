"""Measures the engines against each other and against ceilings, all in one run."""

from pathlib import Path

from rich.console import Console
from threadpoolctl import threadpool_limits

from cosim.cache import writable
from ohmloop.speed import compiled, engines, farm, gate_saif, gates, networks
from ohmloop.speed.rounds import Measure, measure, table, write

MEASURES = (
    Measure("compiled loop", compiled.against_a_plain_loop),
    Measure("activity", compiled.against_saif),
    Measure("closed loop", compiled.in_closed_loop),
    Measure("engines", engines.whole_runs),
    Measure("twin", engines.twin_against_native),
    Measure("cocotb's own flags", engines.cocotb_against_its_default),
    Measure("farm", farm.two_workers_over_one),
    Measure("size and build", compiled.size_and_build),
    Measure("vgg8", networks.vgg8_against_raw),
    Measure("networks on the twin", networks.twin_images),
    Measure("size of networks", networks.cost_of_size),
    Measure("gates", gates.gates_against_raw),
    Measure("gates with SAIF", gate_saif.gates_against_saif),
)

AIMS = {
    "native_over_raw": 0.85,
    "native_loop_over_raw": 0.6,
    "toggles_over_native": 0.65,
    "native_over_cocotb": 100,
    "native_over_pyverilator": 200,
    "saif_speedup": 50,
    "closed_loop_requests_per_s": 100_000,
    "twin_over_native": 2.5,
    "twin_with_toggles_over_native": 1,
    "farm_scaling": 1.7,
    "cocotb_over_default": 1.5,
    "vgg8_over_raw": 0.4,
    "twin_vgg8_images_per_s": 1.5,
    "twin_digits_cnn_images_per_s": 2000,
    "gate_energy_over_raw": 0.25,
    "gate_numpy_cycles_per_s": 100_000,
    "gate_over_saif": 100,
}
"""What is aimed at; the median of the rounds is held against it."""


def run_benchmarks(build_dir: Path, *, repeat: int, only: str | None, console: Console) -> None:
    """Measure everything, or what a word names, print a table and write ``bench.json``."""
    writable(build_dir)
    wanted = [one for one in MEASURES if only is None or only in one.subject]
    if not wanted:
        known = ", ".join(one.subject for one in MEASURES)
        raise ValueError(f"Subject must be part of one of {known}, not {only!r}")
    with threadpool_limits(1):  # speeds are those of one core; the farm has a process per core
        results = measure(wanted, build_dir, repeat=repeat, console=console)
    write(build_dir / "bench.json", results, build_dir)
    console.print(table(results, AIMS))
    console.print(f"Written to {build_dir / 'bench.json'}", soft_wrap=True)
