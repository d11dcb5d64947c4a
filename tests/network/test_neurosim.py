import pytest

from hw_spec.macro import AdcSpec, MacroSpec
from network.neurosim import adc_cycles

MACRO = MacroSpec(
    rows=128,
    columns=128,
    parallel_rows=128,
    columns_per_adc=8,
    cell_bits=4,
    input_bits=8,
    weight_bits=8,
    reference_level=8,
    adc=AdcSpec(bits=5, step=3, zero_code=19),
)


def test_vgg8_takes_the_cycles_that_3d_neurosim_counts():
    # VGG-8 for 32 x 32 pixels; its speed-up there is 32, 8, 4, 2, 2, 1, 1 and 8. The dense layers
    # see maps of one pixel.
    sides = [(32, 3), (32, 3), (16, 3), (16, 3), (8, 3), (8, 3), (1, 1), (1, 1)]
    speed_up = [32, 8, 4, 2, 2, 1, 1, 8]
    cycles = [
        adc_cycles(MACRO, (side, side), (kernel, kernel), speed_up=degree)
        for (side, kernel), degree in zip(sides, speed_up, strict=True)
    ]
    assert cycles == [1800, 7200, 3136, 6272, 1152, 2304, 64, 8]


@pytest.mark.parametrize(
    ("shape", "kernel", "stride", "positions"),
    [((9, 4), (3, 1), 2, 4 * 2), ((2, 2), (3, 3), 1, 0), ((5, 5), (5, 5), 3, 1)],
)
def test_only_positions_inside_the_map_count(shape, kernel, stride, positions):
    assert adc_cycles(MACRO, shape, kernel, stride=stride) == positions * 64


def test_slow_converters_do_not_count():
    slow = MACRO.model_copy(
        update={"adc": AdcSpec(bits=5, step=3, zero_code=0, conversion_cycles=4)}
    )
    assert adc_cycles(slow, (1, 1), (1, 1)) == 64
