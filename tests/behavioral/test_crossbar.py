import re
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavioral import crossbar, ideal
from behavioral.crossbar import GRID
from behavioral.device import PRESETS, preset
from hw_spec.macro import AdcSpec, MacroSpec
from hw_spec.sourced import Sourced

TAOX, INTEL = preset("taox_hfox_iedm19"), preset("intel_rram_iedm19")
devices = pytest.mark.parametrize("device", PRESETS, ids=lambda device: device.name)


def macro(rows=4, columns=4, cell_bits=2, reference_level=0):
    return MacroSpec(
        rows=rows,
        columns=columns,
        parallel_rows=rows,
        columns_per_adc=1,
        cell_bits=cell_bits,
        input_bits=1,
        weight_bits=max(2, cell_bits),
        reference_level=reference_level,
        adc=AdcSpec(bits=1, step=1, zero_code=0),
    )


def programmed(levels, *, device, reference_level=0, cell_bits=2, seed=1):
    levels = np.array(levels, dtype=np.uint8)
    return crossbar.program(
        levels,
        spec=macro(*levels.shape, cell_bits, reference_level),
        device=device,
        rng=np.random.default_rng(seed),
    )


def cells(array):
    return array.lines[:, : array.spec.columns].astype(np.float64)


def reference(array):
    return array.lines[:, array.spec.columns].astype(np.float64)


def read(array, drive, columns=None, noise=None):
    """Read whole columns, by default all of them and without noise; the reference's comes last."""
    drive = np.atleast_2d(drive)
    columns = np.arange(array.spec.columns) if columns is None else np.array(columns)
    noise = np.zeros((len(drive), len(columns) + 1)) if noise is None else noise
    sums = crossbar.line_sums(array, drive)[:, crossbar.selected_lines(array.spec, columns)]
    driven = np.asarray(drive, dtype=int).sum(axis=1)
    return crossbar.column_values(array, sums, driven, noise[:, :-1] - noise[:, -1:])


def drives(array, count=20, seed=2):
    drive = np.random.default_rng(seed).integers(0, 2, (count, array.spec.rows))
    drive[0] = 0
    drive[1] = 1
    return drive


def spread_of_clamped_normal(limit):
    """Return the standard deviation of a standard normal number that is moved into +-limit."""
    normal = NormalDist()
    outside = 2 * normal.cdf(-limit)
    # Integral of x**2 times the density from -limit to limit, by parts.
    inside = 1 - outside - 2 * limit * normal.pdf(limit)
    return (inside + outside * limit**2) ** 0.5


# One read, by hand


def drawn_a(array, drive, columns, *, read_v):
    selected = crossbar.selected_lines(array.spec, columns)
    sums, driven = crossbar.line_sums(array, drive), np.asarray(drive, dtype=int).sum(axis=1)
    units = crossbar.drawn_units(array, sums, driven, selected)
    assert units.dtype == np.int64
    return read_v * crossbar.unit_s(array) * units


DRIVE, LEVELS = [1, 0, 1, 1], [[3], [1], [0], [2]]


def test_worked_example():
    # 2-bit cells from 1 to 10 uS in steps of 3 uS, read at 0.2 V, with the corrections of the
    # 3D+NeuroSim V1.0 manual. By hand: sum of the driven levels 3 + 0 + 2.
    array = programmed(LEVELS, device=TAOX.ideal())
    assert array.device.step_s(2) == pytest.approx(3e-6)
    assert read(array, DRIVE).tolist() == [[5.0]]
    # by hand: 0.2 V * (3 * 5 + 1 * 3) uS in the column, 0.2 V * 3 * 1 uS in the reference column
    current_a = drawn_a(array, np.array([DRIVE]), np.array([0]), read_v=0.2)
    assert current_a == pytest.approx([3.6e-6 + 0.6e-6], rel=1e-6, abs=0)


def test_worked_example_with_a_middle_reference():
    array = programmed(LEVELS, device=TAOX.ideal(), reference_level=2)
    # by hand: (3 - 2) + (0 - 2) + (2 - 2)
    assert read(array, DRIVE).tolist() == [[-1.0]]
    # by hand: the reference column carries 0.2 V * 3 * (1 + 2 * 3) uS
    current_a = drawn_a(array, np.array([DRIVE]), np.array([0]), read_v=0.2)
    assert current_a == pytest.approx([3.6e-6 + 4.2e-6], rel=1e-6, abs=0)


def test_two_columns_of_the_intel_device_by_hand():
    array = programmed([[0, 3], [1, 2]], device=INTEL.ideal(), reference_level=1)
    columns = np.array([1, 0])
    assert read(array, [1, 1], columns).tolist() == [[3.0, -1.0]]
    # by hand: conductances in units of 1/102 kohm: level n holds 1 + 16/3 n
    per_level = [1, 1 + 16 / 3, 1 + 32 / 3, 17]
    units = per_level[3] + per_level[2] + per_level[0] + per_level[1] + 2 * per_level[1]
    current_a = drawn_a(array, np.array([[1, 1]]), columns, read_v=0.1)
    assert current_a == pytest.approx([0.1 * units / 102e3], rel=1e-6, abs=0)


# Ideal arrays


@st.composite
def arrays_and_drives(draw):
    cell_bits = draw(st.integers(1, 8))
    spec = macro(
        rows=draw(st.integers(1, 40)),
        columns=2 * draw(st.integers(1, 3)),
        cell_bits=cell_bits,
        reference_level=draw(st.integers(0, 2**cell_bits - 1)),
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    levels = rng.integers(0, spec.top_level, (spec.rows, spec.columns), np.uint8, endpoint=True)
    return spec, levels, rng.integers(0, 2, (3, spec.rows))


@settings(deadline=None)
@given(arrays_and_drives(), st.sampled_from(PRESETS))
def test_ideal_array_measures_the_exact_column_steps(drawn, device):
    spec, levels, drive = drawn
    rng = np.random.default_rng(0)
    array = crossbar.program(levels, spec=spec, device=device.ideal(), rng=rng)
    noise = rng.standard_normal((3, spec.columns + 1))
    exact = ideal.column_steps(drive, levels, spec)[:, 0, 0]
    np.testing.assert_array_equal(read(array, drive, noise=noise), exact)


@pytest.mark.parametrize("ratio", [1.5, 2.8, 17.0, 1e6])
def test_off_current_cancels_for_any_ratio(ratio):
    device = replace(TAOX.ideal(), on_off_ratio=Sourced(ratio, "1", "made up"))
    levels = np.random.default_rng(3).integers(0, 4, (16, 4))
    array = programmed(levels, device=device, reference_level=1)
    drive = drives(array)
    np.testing.assert_array_equal(read(array, drive), drive @ (levels - 1))


def kirchhoff_a(cells_s, drive, columns, reference_s, read_v):
    """Return the current out of the driven rows, node by node in plain numbers."""
    drawn_a = sum(read_v * g for g, driven in zip(reference_s, drive, strict=True) if driven)
    for column, column_s in enumerate(zip(*cells_s, strict=True)):
        to_driven = sum(g for g, driven in zip(column_s, drive, strict=True) if driven)
        node_v = 0.0 if column in columns else read_v * to_driven / sum(column_s)
        drawn_a += to_driven * (read_v - node_v)
    return drawn_a


@devices
@pytest.mark.parametrize("cell_bits", [1, 2, 4])
def test_drawn_current_is_that_of_the_nodes(device, cell_bits):
    levels = np.random.default_rng(4).integers(0, 2**cell_bits, (6, 4))
    array = programmed(levels, device=device, cell_bits=cell_bits, reference_level=1)
    drive, columns, read_v = drives(array), [0, 3], 0.3
    step_s = device.step_s(cell_bits)
    cells_s = (device.g_min_s + step_s * cells(array)).tolist()
    reference_s = (device.g_min_s + step_s * reference(array)).tolist()
    current_a = drawn_a(array, drive, np.array(columns), read_v=read_v)
    expected_a = [kirchhoff_a(cells_s, rows, columns, reference_s, read_v) for rows in drive]
    assert current_a == pytest.approx(expected_a, rel=1e-6, abs=0)


def test_floating_column_connects_driven_rows_to_grounded_ones():
    array = programmed([[3, 3], [0, 0]], device=TAOX.ideal())
    # by hand: 10 uS in the column that is read, 1 uS in the reference, 10 and 1 uS in series
    current_a = drawn_a(array, np.array([[1, 0]]), np.array([0]), read_v=0.2)
    assert current_a == pytest.approx([0.2 * (10e-6 + 1e-6 + 10e-6 / 11)], rel=1e-6, abs=0)


# Frozen variation


@devices
def test_same_stream_makes_the_same_array(device):
    levels = np.random.default_rng(5).integers(0, 4, (8, 6))
    one, same, other = (programmed(levels, device=device, seed=seed) for seed in (7, 7, 8))
    np.testing.assert_array_equal(cells(one), cells(same))
    np.testing.assert_array_equal(reference(one), reference(same))
    assert (cells(one) != cells(other)).mean() > 0.5
    assert (reference(one) != reference(other)).mean() > 0.5


def test_reads_leave_the_array_alone():
    array = programmed(np.full((8, 6), 2), device=TAOX)
    lines, drive = array.lines.copy(), drives(array)
    before = drive.copy()
    first = read(array, drive)
    drawn_a(array, drive, np.array([0, 1]), read_v=0.2)
    np.testing.assert_array_equal(read(array, drive), first)
    np.testing.assert_array_equal(array.lines, lines)
    np.testing.assert_array_equal(drive, before)


def test_programming_leaves_the_levels_alone():
    levels = np.full((8, 6), 2, dtype=np.uint8)
    spec, rng = macro(8, 6), np.random.default_rng(1)
    crossbar.program(levels, spec=spec, device=TAOX, rng=rng)
    assert levels.flags.writeable
    assert (levels == 2).all()


def test_array_is_read_only():
    array = programmed(LEVELS, device=TAOX)
    with pytest.raises(ValueError, match="read-only"):
        array.lines[0] = 1.0


@pytest.mark.parametrize(
    ("device", "cell_bits", "level"),
    # Lowest and highest level whose errors of 3 sigma all stay above zero conductance.
    [(TAOX, 2, 1), (TAOX, 2, 3), (TAOX, 4, 2), (TAOX, 4, 15), (INTEL, 2, 1), (INTEL, 2, 3)],
)
def test_variation_has_the_stated_spread_at_every_level(device, cell_bits, level):
    array = programmed(np.full((512, 256), level), device=device, cell_bits=cell_bits)
    errors = cells(array) - level
    sigma = 0.06 * device.g_max_s / device.step_s(cell_bits)
    stated = sigma * spread_of_clamped_normal(3)
    # Of 131072 errors the mean strays by 1/362 of their spread and the spread by 1/512 of itself;
    # four times that is allowed. Errors drawn again beyond 3 sigma would spread 1.1 % less.
    assert errors.mean() == pytest.approx(0, abs=4 * stated / 362)
    assert errors.std() == pytest.approx(stated, rel=4 / 512)
    assert np.abs(errors).max() == pytest.approx(3 * sigma, abs=GRID / 2)


def test_spread_of_a_clamped_normal_number():
    # scipy.stats.truncnorm(-3, 3): variance 0.973337 of the share of 0.997300 within +-3
    variance = 0.997300 * 0.973337 + (1 - 0.997300) * 3**2
    assert spread_of_clamped_normal(3) == pytest.approx(variance**0.5, rel=1e-5)


def test_error_of_a_cell_does_not_depend_on_its_level():
    # Three errors of TaOx, 4 bits, are 3 steps; from level 2 on, nothing is cut at zero.
    low, high = (programmed(np.full((64, 8), n), device=TAOX, cell_bits=4) for n in (2, 15))
    np.testing.assert_array_equal(cells(low) - 2, cells(high) - 15)


def test_errors_are_drawn_row_by_row_with_the_reference_behind_the_cells():
    array = programmed(np.full((4, 3), 2), device=TAOX, reference_level=2, seed=9)
    # by hand: sigma of 2-bit TaOx is 0.06 * 10 uS / 3 uS = 0.2 steps
    drawn = 2 + 0.2 * np.random.default_rng(9).standard_normal((4, 4))
    np.testing.assert_allclose(cells(array), drawn[:, :3], atol=GRID / 2)
    np.testing.assert_allclose(reference(array), drawn[:, 3], atol=GRID / 2)


def test_errors_of_cells_and_reference_are_independent():
    array = programmed(np.full((1024, 8), 2), device=TAOX, reference_level=2)
    errors = np.column_stack([cells(array), reference(array)]) - 2
    correlation = np.corrcoef(errors.T) - np.eye(9)
    # Of 1024 independent pairs the correlation strays by 1/32; none of 36 reaches five times that.
    assert np.abs(correlation).max() < 5 / 32


@devices
def test_cells_cut_at_zero_conductance(device):
    array = programmed(np.zeros((256, 64)), device=device, cell_bits=4)
    zero = -device.g_min_s / device.step_s(4)
    # The lowest conductance is the first of the grid that is not below zero.
    for values in (cells(array), reference(array)):
        assert zero <= values.min() < zero + GRID
    share = (cells(array) < zero + GRID).mean()
    sigma = device.variation.value * device.g_max_s / device.step_s(4)
    # Of 16384 cells a share of at most 1/6 strays by less than 0.003; four times that.
    assert share == pytest.approx(NormalDist().cdf(zero / sigma), abs=0.012)


def test_conductance_is_never_below_zero():
    for device in PRESETS:
        for cell_bits in range(1, 9):
            array = programmed(np.zeros((64, 64)), device=device, cell_bits=cell_bits)
            assert cells(array).min() >= -device.g_min_s / device.step_s(cell_bits)


@devices
@pytest.mark.parametrize("cell_bits", [1, 2, 4, 8])
def test_conductances_are_multiples_of_the_grid(device, cell_bits):
    levels = np.random.default_rng(6).integers(0, 2**cell_bits, (32, 32))
    array = programmed(levels, device=device, cell_bits=cell_bits, reference_level=1)
    for values in (cells(array), reference(array)):
        np.testing.assert_array_equal(values / GRID, np.round(values / GRID))
    # So they are not merely whole; in SRAM of 1 bit, a quarter of the cells conducts nothing.
    assert (cells(array) % 1 != 0).mean() > 0.7


# Exact sums


@pytest.fixture(scope="module", params=PRESETS, ids=lambda device: device.name)
def large(request):
    """Return the array with the largest column sums: 128 rows of 16 levels, all at the top."""
    return programmed(np.full((128, 24), 15), device=request.param, cell_bits=4)


def test_sums_equal_those_of_integers(large):
    drive = drives(large)
    levels = np.round(cells(large) / GRID).astype(int).tolist()
    middle = np.round(reference(large) / GRID).astype(int).tolist()
    for rows, steps in zip(drive.tolist(), read(large, drive), strict=True):
        driven = [row for row, bit in enumerate(rows) if bit]
        for column, step in enumerate(steps):
            exact = sum(levels[row][column] - middle[row] for row in driven)
            assert step == exact * GRID


def test_sums_equal_those_of_32_bit_floats(large):
    drive = drives(large)
    levels, middle = cells(large).astype(np.float32), reference(large).astype(np.float32)
    columns = np.zeros((len(drive), 24), dtype=np.float32)
    references = np.zeros((len(drive), 1), dtype=np.float32)
    for row in range(128):  # one rounding after each addition
        columns += drive[:, row, None].astype(np.float32) * levels[row]
        references += drive[:, row, None].astype(np.float32) * middle[row]
    assert columns.max() > 1800  # nearly 128 * 15 steps, that is, 23 bits of the grid
    np.testing.assert_array_equal(read(large, drive), columns - references)


def test_batch_equals_single_reads_and_single_columns(large):
    drive = drives(large)
    noise = np.random.default_rng(7).standard_normal((len(drive), 25))
    batch = read(large, drive, noise=noise)
    for n, rows in enumerate(drive):
        np.testing.assert_array_equal(read(large, rows, noise=noise[n : n + 1])[0], batch[n])
    for column in range(24):
        alone = read(large, drive, [column], noise[:, [column, 24]])
        np.testing.assert_array_equal(alone[:, 0], batch[:, column])


def test_order_of_the_rows_does_not_matter(large):
    drive = drives(large)
    order = np.random.default_rng(8).permutation(128)
    shuffled = replace(large, lines=large.lines[order])
    np.testing.assert_array_equal(read(shuffled, drive[:, order]), read(large, drive))


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float32])
def test_drive_may_have_any_type(dtype):
    array = programmed(np.full((300, 2), 3), device=TAOX)
    drive = np.ones((1, 300))
    np.testing.assert_array_equal(read(array, drive.astype(dtype)), read(array, drive))
    columns = np.array([0])
    one, other = (
        drawn_a(array, drive.astype(kind), columns, read_v=0.2) for kind in (dtype, float)
    )
    assert one == other


# Read noise


@devices
@pytest.mark.parametrize("driven", [1, 4, 9, 16])
def test_noise_spread_grows_with_the_root_of_the_driven_rows(device, driven):
    array = programmed(np.full((16, 3), 2), device=device)
    drive = np.arange(16) < driven
    quiet = read(array, drive)
    # by hand: 1 % of Gmax in steps is 0.01 / ((1 - 1/r) / 3) = 0.03 r / (r - 1)
    ratio = device.on_off_ratio.value
    sigma = 0.03 * ratio / (ratio - 1) * driven**0.5
    for lane in range(3):
        noise = np.zeros((1, 4))
        noise[0, lane] = 2.0
        expected = [2 * sigma if other == lane else 0 for other in range(3)]
        moved = (read(array, drive, noise=noise) - quiet)[0]
        assert moved == pytest.approx(expected, abs=1e-5)  # binary32


@devices
def test_noise_of_the_reference_moves_all_lanes_alike(device):
    array = programmed(np.full((4, 3), 2), device=device)
    drive = np.ones(4)
    ratio = device.on_off_ratio.value
    sigma = 0.03 * ratio / (ratio - 1) * 2
    moved = read(array, drive, noise=np.array([[0, 0, 0, 1.5]])) - read(array, drive)
    assert moved[0] == pytest.approx([-1.5 * sigma] * 3, abs=1e-5)  # binary32


@devices
def test_no_driven_row_gives_exactly_zero(device):
    array = programmed(np.full((4, 3), 2), device=device, reference_level=1)
    drive, noise = np.zeros((2, 4)), np.random.default_rng(9).standard_normal((2, 4))
    assert read(array, drive, noise=noise).tolist() == [[0.0] * 3] * 2
    current_a = drawn_a(array, drive, np.array([0, 1]), read_v=0.2)
    assert current_a.tolist() == [0.0, 0.0]


def test_ideal_device_has_no_noise():
    array = programmed(np.full((4, 3), 2), device=TAOX.ideal())
    noise = np.full((1, 4), 1e9)
    noise[0, 3] = -1e9
    assert read(array, np.ones(4), noise=noise).tolist() == [[8.0] * 3]


# Refusals


@pytest.mark.parametrize("shape", [(3, 4), (4, 3), (4, 4, 1), (16,)])
def test_levels_of_another_shape(shape):
    message = re.escape(f"Levels must have the shape of the macro (4, 4), not {shape}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        crossbar.program(
            np.zeros(shape, np.uint8), spec=macro(), device=TAOX, rng=np.random.default_rng(1)
        )


@pytest.mark.parametrize("level", [-1, 4, 255])
def test_level_that_no_cell_has(level):
    levels = np.zeros((4, 4), np.int64)
    levels[3, 1] = level
    with pytest.raises(ValueError, match=f"^Levels must be between 0 and 3, not {level}$"):
        crossbar.program(levels, spec=macro(), device=TAOX, rng=np.random.default_rng(1))
