"""A compiled network on the twin, against the integer network and against itself in parts."""

import numpy as np
import pytest

from cosim.tile.cycles import network_cycles
from cosim.tile.inference import IMAGES_PER_PART, Conditions, infer
from cosim.tile.memory import read_tensor, write_tensor
from cosim.twin.compute import compute
from hw_spec.program import Kind
from network import integer
from network.compile import compile_network
from network.pieces import Layout

ADC = {"bits": 5, "step": 2, "zero_code": 16}
LOSSLESS = {"bits": 6, "step": 1, "zero_code": 32}  # 4 rows of 4-bit cells less 4 times level 8


def on_twin(step):
    return lambda job: compute(job).run


def outputs(case, conditions, images=None, **options):
    images = case.images if images is None else images
    steps = infer(case.compiled, case.chip, images, conditions, run_macro=on_twin, **options)
    return {run.step.name: run.output for run in steps}


@pytest.mark.parametrize("mapping", ["conventional", "kernel"])
@pytest.mark.parametrize("copies", [1, 2, 3])
def test_ideal_tile_computes_the_integer_network(mapping, copies, make_case):
    case = make_case(LOSSLESS, pes=24)
    case.compiled = compile_network(
        case.network,
        case.chip.tile_spec(),
        mapping=mapping,
        schedule="single",
        copies={"first": min(copies, 3), "second": 1},
    )
    expected = integer.run(case.network, case.images)
    for name, tensor in outputs(case, Conditions(ideal=True)).items():
        np.testing.assert_array_equal(tensor, expected[name], err_msg=name)


def test_images_in_parts_give_the_outputs_of_all_at_once(make_case):
    case = make_case(ADC, images=2 * IMAGES_PER_PART + 3)
    whole = outputs(case, Conditions())
    for first in range(0, len(case.images), IMAGES_PER_PART):
        part = case.images[first : first + IMAGES_PER_PART]
        some = outputs(case, Conditions(), part, first_image=first, traced=False)
        for name, tensor in some.items():
            np.testing.assert_array_equal(tensor, whole[name][first : first + len(part)])
    assert (whole["second"][:IMAGES_PER_PART] != whole["second"][-IMAGES_PER_PART:]).any()


def test_part_that_begins_within_a_block_of_noise(make_case):
    case = make_case(ADC)
    with pytest.raises(ValueError, match=r"^First image must be a multiple of 16, not 8$"):
        outputs(case, Conditions(), first_image=8)


def test_threads_do_not_show(make_case):
    case = make_case(ADC)
    one, three = (
        list(
            infer(
                case.compiled,
                case.chip,
                case.images,
                Conditions(),
                run_macro=on_twin,
                threads=threads,
            )
        )
        for threads in (1, 3)
    )
    for a, b in zip(one, three, strict=True):
        np.testing.assert_array_equal(a.output, b.output)
        assert {n: run.toggles for n, run in a.macros.items()} == {
            n: run.toggles for n, run in b.macros.items()
        }


def test_every_cycle_of_a_program_belongs_to_a_step(make_case):
    case = make_case(ADC)
    cycles = network_cycles(case.compiled)
    assert sum(step.cycles for step in cycles.steps) == cycles.cycles - 1  # and the last halts
    for step, counted in zip(case.compiled.steps, cycles.steps, strict=True):
        # by hand: 8 planes, 2 row groups, 4 columns of a lane
        busy = 64 * step.positions if step.kind is Kind.MATRIX else 0
        assert counted.converting == busy < counted.operation < counted.cycles


def test_tensor_lies_pixel_by_pixel_with_gaps_between():
    layout = Layout(height=2, width=2, channels=2, pitch=3, address=1)
    memory = np.zeros((1, 14), dtype=np.uint8)
    write_tensor(memory, layout, np.arange(1, 9).reshape(1, 2, 2, 2))
    assert memory.tolist() == [[0, 1, 2, 0, 3, 4, 0, 5, 6, 0, 7, 8, 0, 0]]
    assert read_tensor(memory, layout).ravel().tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
