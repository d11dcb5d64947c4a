import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from cosim.tile.fingerprint import DIGITS, fingerprint
from cosim.tile.inference import Conditions, infer
from cosim.tile.locate import Place, locate
from cosim.twin.compute import compute
from hw_spec.tile import TileSpec, TileTable
from network.compile import compile_network
from network.importer import import_module
from network.lower import quantise

IMAGES = 3
TABLE = TileTable(
    macros_per_pe=2, pes=6, activations=512, pieces=256, program_words=512, scales=8, marks=32
)


def twin(job):
    return compute(job).run


@pytest.fixture(scope="module")
def work(make_chip):
    """A convolution of 2 x 2 macros (PEs 0 and 1), a pooling, a dense layer (PEs 2 and 3)."""
    sizes = {"rows": 16, "columns": 16, "parallel_rows": 16, "columns_per_adc": 8}
    chip = make_chip(**sizes, cell_bits=4, input_bits=8, weight_bits=8, reference_level=8)
    chip = chip.model_copy(update={"tile": TABLE})
    with torch.random.fork_rng():
        torch.manual_seed(1)
        pooled = nn.AvgPool2d(2, 1)  # on the vector unit
        module = nn.Sequential(nn.Conv2d(2, 10, 3), pooled, nn.Flatten(), nn.Linear(40, 8)).eval()
    images = np.random.default_rng(1).integers(0, 256, (IMAGES, 5, 5, 2), dtype=np.uint8)
    network = quantise(import_module(module, (2, 5, 5)), images)
    tile = TileSpec(macro=chip.tile_spec().macro, table=TABLE)
    compiled = compile_network(network, tile, schedule="single")
    return SimpleNamespace(compiled=compiled, chip=chip, images=images)


@pytest.fixture
def first_difference(work):
    """Run a layer on the twin and on a broken engine."""

    def first_difference(step, engine, first=twin):
        return locate(
            work.compiled,
            work.chip,
            work.images,
            Conditions(),
            step=step,
            engines=(lambda step: first, lambda step: engine),
        )

    return first_difference


@pytest.fixture
def prints(work):
    """Return the fingerprints of all steps, macros run on an engine."""

    def prints(engine=twin):
        steps = infer(
            work.compiled, work.chip, work.images, Conditions(), run_macro=lambda step: engine
        )
        return [fingerprint(run) for run in steps]

    return prints


def breaks(faults):
    """Return an engine that adds 1 to psums: of a macro, by vector among all and output."""

    def engine(job):
        run = twin(job)
        for macro, vector, output in faults:
            if macro == job.macro:
                run.psums[vector, output] += 1
        return run

    return engine


def hashes(text):
    return [text[at : at + DIGITS] for at in range(0, len(text), DIGITS)]


def test_nothing_is_found_where_engines_agree(first_difference, work):
    for step in work.compiled.steps:
        assert first_difference(step.name, twin) is None


def test_place_is_that_of_the_first_image_vector_and_macro(first_difference, work):
    conv = work.compiled.steps[0]
    assert (conv.positions, conv.pes, len(work.compiled.pes[0].rows)) == (9, range(2), 2)
    # Macros run in order, so the first fault met is that of macro 0 in image 2.
    faults = [(0, 20, 3), (1, 13, 4), (2, 13, 1), (3, 14, 0)]
    place = first_difference(conv.name, breaks(faults))
    assert (place.image, place.vector, place.macro, place.output) == (1, 4, 1, 4)
    assert place.values[1] == place.values[0] + 1


def test_faults_of_other_layers_do_not_count(first_difference, work):
    dense = work.compiled.steps[-1]
    macro = dense.pes.start * TABLE.macros_per_pe
    assert first_difference(dense.name, breaks([(0, 0, 0)])) is None
    place = first_difference(dense.name, breaks([(0, 0, 0), (macro, 2, 5)]))
    assert place == Place(image=2, vector=0, macro=macro, output=5, values=place.values)


def test_nothing_behind_the_layer_is_run(first_difference, work):
    seen = []

    def engine(job):
        seen.append(job.macro)
        return twin(job)

    first_difference(work.compiled.steps[0].name, twin, first=engine)
    assert seen == [0, 1, 2, 3]


def test_fingerprint_has_a_hash_of_each_image_position_and_macro(prints, work):
    for step, one in zip(work.compiled.steps, prints(), strict=True):
        assert len(hashes(one.outputs)) == IMAGES
        macros = [2 * pe + n for pe in step.pes for n in range(work.compiled.pes[pe].macros)]
        assert sorted(one.macros) == macros
        assert len(hashes(one.vectors)) == (step.positions if macros else 0)
        assert {len(text) for text in one.macros.values()} <= {DIGITS}


def test_fingerprint_tells_image_position_and_macro_of_a_change(prints, work):
    def raises(job):
        run = twin(job)
        if job.macro == 3:
            run = dataclasses.replace(run, psums=run.psums.copy())
            run.psums[9 + 4] += 2000
        return run

    before, after = prints()[0], prints(raises)[0]
    changed = {
        name: [
            n for n, pair in enumerate(zip(*map(hashes, texts), strict=True)) if len({*pair}) > 1
        ]
        for name, texts in {
            "images": (before.outputs, after.outputs),
            "vectors": (before.vectors, after.vectors),
        }.items()
    }
    assert changed == {"images": [1], "vectors": [4]}
    assert [n for n in before.macros if before.macros[n] != after.macros[n]] == [3]


def test_fingerprint_does_not_depend_on_the_width_of_integers(prints, work):
    def narrow(job):
        run = twin(job)
        return dataclasses.replace(run, psums=run.psums.astype(np.int32))

    assert prints() == prints(narrow)
