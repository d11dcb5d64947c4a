import pytest

SWEEP = """
title = "Small"
network = "nets.py:small"
chip = "chip.toml"
calibration_images = 0

[[axis]]
name = "ADC bits"
values = [
    { name = "6" },
    { name = "7", chip.macro.adc.bits = 7 },
]

[[axis]]
name = "node"
values = [
    { name = "32 nm" },
    { name = "22 nm", chip.node_nm = 22 },
]
"""

JOULES = (
    "array",
    "converters",
    "row_inputs",
    "word_lines",
    "multiplexers",
    "macro_gates",
    "pe_gates",
    "core_gates",
    "memories",
    "wires",
    "leakage",
)
AREA = (
    "array",
    "row_drivers",
    "multiplexers",
    "level_shifters",
    "adcs",
    "macro_gates",
    "pe_gates",
    "core_gates",
    "memories",
    "repeaters",
    "empty",
)


@pytest.fixture
def sweep_file(network_files):
    """Return a function that writes a sweep beside a small network and its chip."""

    def sweep_file(text=SWEEP):
        path = network_files() / "small.toml"
        path.write_text(text)
        return path

    return sweep_file


@pytest.fixture
def make_result():
    """Return a function that makes the result of a point, of two images, with round figures."""

    def make_result(size=1):
        merit = {
            "seconds": 2e-6 * size,
            "joules": 22e-9 * size,
            "tops": 0.5 / size,
            "tops_per_watt": 0.25 / size,
            "frames_per_second": 5e5 / size,
        }
        return {
            "accuracy": {"float": 0.99, "integer": 0.98, "chip": 0.875, "images": 40},
            "macros": 12,
            "pes": 3,
            "utilisation": 0.625,
            "energy": {
                "images": 2,
                "joules": dict.fromkeys(JOULES, 4e-9 * size),
                "area": dict.fromkeys(AREA, 2e-8 * size) | {"total_m2": 2e-7 * size},
                "clock": {"scaled_period_s": 3e-9 * size},
                "merit": [{"operations_per_mac": n, **merit} for n in (2, 1)],
                "left_out": ["glitches"],
            },
        }

    return make_result
