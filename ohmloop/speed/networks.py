"""Whole networks: VGG-8 on macros in RTL and on the twin, against the raw loop of one macro."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from cosim.build import design
from cosim.cache import writable
from cosim.codes import convert_all
from cosim.engines import native
from cosim.native.batch import batch
from cosim.native.build import native_library
from cosim.native.library import run_raw
from cosim.tile.inference import Conditions, RunMacro, StepRun, infer
from cosim.twin.compute import compute
from hw_spec.chip import ChipSpec, read_chip
from network import architectures, images, weights
from network.compile import compile_network
from network.compiled import Compiled
from network.importer import import_module
from network.lower import quantise
from ohmloop.speed.jobs import CHIPS, digits_job
from ohmloop.speed.rounds import Figures, seconds

QUIET = Conditions(read_noise=False)
NOISY = Conditions()
RAW_VECTORS = 4000
TWIN_IMAGES = 4


@dataclass(frozen=True)
class Subject:
    """A compiled network with random weights, and images for it."""

    chip: ChipSpec
    compiled: Compiled
    images: np.ndarray

    @property
    def macro_vectors(self) -> int:
        """Vectors of all macros for one image."""
        return sum(
            step.positions * sum(self.compiled.pes[pe].macros for pe in step.pes)
            for step in self.compiled.steps
        )


def vgg8_against_raw(build_dir: Path) -> Callable[[], Figures]:
    """Run one image through VGG-8, every macro in RTL, with variation and the chip's converters."""
    subject = _subject(architectures.vgg8(), "digits32", "rram_taox_vgg8_32nm")
    raw = digits_job(vectors=RAW_VECTORS)
    library = native_library(design(raw.chip.macro, build_dir), build_dir)
    work = batch(raw, convert_all(raw).codes)
    spec = subject.compiled.tile.macro
    work_dir = writable(build_dir / "runs" / "bench" / "networks")

    def run_s(conditions: Conditions, *, threads: int = 1, toggles: bool = True) -> float:
        run_macro = native.prepared(spec, work_dir, build_dir=build_dir, toggles=toggles)
        return seconds(lambda: _run(subject, 1, conditions, run_macro, threads))

    def take() -> Figures:
        cycles: list[int] = []
        raw_s = seconds(lambda: cycles.append(run_raw(library, work)))
        whole_s, bare_s = run_s(QUIET), run_s(QUIET, toggles=False)
        rate = subject.macro_vectors * spec.cycles_per_vector / whole_s
        return {
            "vgg8_over_raw": rate / (cycles[0] / raw_s),
            "vgg8_s": whole_s,
            "vgg8_without_toggles_s": bare_s,
            "vgg8_two_threads_s": run_s(QUIET, threads=2),
            "vgg8_with_noise_s": run_s(NOISY),
        }

    return take


def twin_images(build_dir: Path) -> Callable[[], Figures]:
    """Run whole networks on the twin: outputs and cycles, without toggles, on two threads."""
    vgg8 = _subject(architectures.vgg8(), "digits32", "rram_taox_vgg8_32nm")
    digits = _subject(architectures.digits_cnn(), "digits", "rram_taox_32nm")

    def run_macro_of(subject: Subject, count: int) -> float:
        return count / seconds(lambda: _run(subject, count, QUIET, _on_twin, 2))

    return lambda: {
        "twin_vgg8_images_per_s": run_macro_of(vgg8, TWIN_IMAGES),
        "twin_digits_cnn_images_per_s": run_macro_of(digits, len(digits.images)),
    }


def cost_of_size(build_dir: Path) -> Callable[[], Figures]:
    """Run networks of rising size, and compare the time per vector of a macro; compile the last."""
    sizes = {
        "digits_cnn": _subject(architectures.digits_cnn(), "digits", "rram_taox_32nm"),
        **{
            f"vgg8_{name}": _subject(architectures.vgg8(width), "digits32", "rram_taox_vgg8_32nm")
            for name, width in (("quarter", 1 / 4), ("half", 1 / 2), ("full", 1))
        },
    }
    spec = sizes["vgg8_full"].compiled.tile.macro
    work_dir = writable(build_dir / "runs" / "bench" / "networks")

    def take() -> Figures:
        figures = {}
        run_macro = native.prepared(spec, work_dir, build_dir=build_dir)
        for name, subject in sizes.items():
            count = 100 if name == "digits_cnn" else 1
            whole_s = seconds(lambda s=subject, n=count: _run(s, n, QUIET, run_macro, 1))  # type: ignore[misc]
            per_vector_s = whole_s / (count * subject.macro_vectors)
            figures[f"us_per_macro_vector_{name}"] = 1e6 * per_vector_s
        start = time.perf_counter()
        _subject(architectures.vgg8(), "digits32", "rram_taox_vgg8_32nm")
        return figures | {"compile_vgg8_s": time.perf_counter() - start}

    return take


def _run(
    subject: Subject, count: int, conditions: Conditions, run_macro: RunMacro, threads: int
) -> None:
    runs: Iterable[StepRun] = infer(
        subject.compiled,
        subject.chip,
        subject.images[:count],
        conditions,
        run_macro=lambda step: run_macro,
        traced=False,
        threads=threads,
    )
    for _ in runs:
        pass


def _on_twin(job):  # type: ignore[no-untyped-def]
    return compute(job, toggles=False).run


def _subject(module: nn.Module, data: str, chip_name: str) -> Subject:
    """Return a network with random weights, compiled for a shipped chip."""
    chip, shown = read_chip(CHIPS / f"{chip_name}.toml"), images.load(data)
    weights.randomise(module, torch.Generator().manual_seed(1))
    weights.settle(module, images.to_tensor(shown.train_inputs[:64]))
    height, width, channels = shown.train_inputs.shape[1:]
    graph = import_module(module, (channels, height, width))
    network = quantise(graph, shown.train_inputs[:16])
    compiled = compile_network(network, chip.tile_spec(), schedule="single")
    return Subject(chip=chip, compiled=compiled, images=shown.test_inputs)
