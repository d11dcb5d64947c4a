"""The energy, floorplan, area, gates and merit of a chip on a page."""

import re

import pytest

from ohmloop.page.chip_schema import ChipEnergy
from ohmloop.page.floorplan import COLOURS, IDLE
from ohmloop.page.places import place_units


@pytest.fixture(name="energy")
def _energy(page_of):
    return page_of("chip")[1]["runs"][0]["energy"]


def boxes_of(text):
    """Return fill and title of each block of the floorplan on a page."""
    return re.findall(r'<rect [^>]*fill="(#\w+)"><title>([^<]*)</title></rect>', text)


def test_every_figure_of_the_energy_is_on_the_page(page_of, reading, energy):
    paths = {path for path, *_ in reading.read_page(page_of("chip")[0]).figures}
    for at, layer in enumerate(energy["layers"]):
        for cause in layer["joules"]:
            assert f"/runs/0/energy/layers/{at}/joules/{cause}" in paths
    for place in ("", "shared/"):
        assert f"/runs/0/energy/{place}total_j" in paths
        assert {f"/runs/0/energy/{place}joules/{cause}" for cause in energy["joules"]} <= paths
    assert {f"/runs/0/energy/area/{part}" for part in energy["area"]} <= paths
    for at in (0, 1):
        figures = energy["merit"][at].keys() - {"operations_per_mac"}
        assert {f"/runs/0/energy/merit/{at}/{one}" for one in figures} <= paths
    for block in ("macro", "pe_logic", "core"):
        for one in ("cells", "flip_flops", "area_m2", "shortest_period_s", "critical_path/0"):
            assert f"/runs/0/energy/gates/{block}/{one}" in paths
    for one in ("shortest_period_s", "scaled_period_s", "conversion_s"):
        assert f"/runs/0/energy/clock/{one}" in paths


def test_summary_tells_energy_area_speed_and_merit(page_of, energy):
    text = page_of("chip")[0]
    summary = text.partition('<section id="summary">')[2].partition("</section>")[0]
    shown = set(re.findall(r'data-path="/runs/0/energy/([^"]*)"', summary))
    merits = {"merit/0/joules", "merit/0/frames_per_second", "merit/1/tops_per_watt"}
    assert shown == merits | {"area/total_m2"}
    once = energy["merit"][0]["tops_per_watt"]
    assert f"2 operations per MAC; {once:.3f} if a MAC is one" in summary


def test_what_is_left_out_is_told(page_of):
    assert "Left out: glitches; a clock tree." in page_of("chip")[0]


@pytest.mark.parametrize(("period_s", "word"), [(10e-9, "good"), (10.1e-9, "bad")])
def test_clock_that_is_too_fast_is_told(page_of, period_s, word):
    def change(tree):
        tree["runs"][0]["energy"]["clock"]["scaled_period_s"] = period_s

    text, _ = page_of("chip", change)
    assert f'class="figure {word}" data-path="/runs/0/energy/clock/scaled_period_s"' in text
    assert ("longer than that of the chip" in text) == (word == "bad")


def test_blocks_lie_where_the_floorplan_says(energy):
    boxes = {
        one.unit.path: one for one in place_units(ChipEnergy.model_validate(energy, strict=False))
    }
    # by hand: PEs of 25 x 10 um in rows of three, macros of 10 x 10 um at their left, side by side
    expected = {
        "tile.pe_0.macro_0": (0, 0, 10, 10),
        "tile.pe_0.macro_1": (10, 0, 10, 10),
        "tile.pe_0.logic": (20, 0, 5, 10),
        "tile.pe_5.macro_1": (60, 10, 10, 10),
        "tile.pe_6.logic": (20, 20, 5, 10),
        "tile.core": (0, 30, 75, 6),
    }
    for path, place in expected.items():
        box = boxes[path]
        found = [1e6 * side for side in (box.x, box.y, box.width, box.height)]
        assert found == pytest.approx(place), path
    assert len(boxes) == 7 * 3 + 1
    core = boxes["tile.core"]
    assert core.power_w == pytest.approx(core.unit.total_j / energy["seconds"])
    assert core.density == pytest.approx(core.power_w / 450e-12)


def test_blocks_are_coloured_by_power_per_area(page_of):
    def change(tree):
        energy = tree["runs"][0]["energy"]
        energy["seconds"] = 1e-3
        for one in energy["units"]:
            one["total_j"] = 0.0
        # 100 um2 each, so 10 kW/m2, a hundredth of it, and far less than a ten-thousandth
        for unit, joules in zip(energy["units"], (1e-9, 1e-11, 0.0, 1e-15), strict=False):
            unit["total_j"] = joules

    boxes = boxes_of(page_of("chip", change)[0])
    texts = {text.partition(",")[0]: (colour, text) for colour, text in boxes}
    assert len(boxes) == 22
    top, middle, rest, low = (
        texts[f"tile.pe_{path}"] for path in ("0.macro_0", "0.macro_1", "0.logic", "1.macro_0")
    )
    assert (top[0], middle[0], rest[0], low[0]) == (COLOURS[63], COLOURS[32], IDLE, COLOURS[0])
    assert top[1].endswith(": 1.00 \N{MICRO SIGN}W, 10.00 kW/m2")


def test_power_is_summed_by_layer(page_of):
    def change(tree):
        energy = tree["runs"][0]["energy"]
        energy["seconds"] = energy["total_j"] = 1.0
        for one in energy["units"]:
            one["total_j"] = 2.0

    text, tree = page_of("chip", change)
    section = text.partition('<section id="floorplan">')[2].partition("</section>")[0]
    rows = [re.findall(r"<span>([^<]*)</span>", row) for row in section.split("<tr>")[2:]]
    # by hand: a PE of each layer, three rest; 2 W per block, 250 um2 per PE, 450 of the core
    names = [one["name"] for one in tree["runs"][0]["layers"]]
    assert [row[:3] for row in rows] == [
        *([name, "3", "6.000"] for name in names),
        ["at rest", "9", "18.000"],
        ["core", "1", "2.000"],
        ["all", "22", "44.000"],
    ]
    assert rows[0][3] == f"{6 / 250e-12 / 1e3:,.3f}"
    assert rows[-2][3] == f"{2 / 450e-12 / 1e3:,.3f}"


def test_block_that_is_unknown(page_of):
    def change(tree):
        tree["runs"][0]["energy"]["units"][0]["path"] = "tile.pe_0.macro"

    message = "^Unit must be a macro, logic of a PE or the core, not 'tile.pe_0.macro'$"
    with pytest.raises(ValueError, match=message):
        page_of("chip", change)


def test_chip_without_power_has_a_floorplan(page_of):
    def change(tree):
        for one in tree["runs"][0]["energy"]["units"]:
            one["total_j"] = 0.0

    assert {colour for colour, _ in boxes_of(page_of("chip", change)[0])} == {IDLE}


def test_names_of_layers_in_the_floorplan_are_text(page_of):
    def change(tree):
        tree["runs"][0]["energy"]["units"][0]["layer"] = "<b>&"

    text, _ = page_of("chip", change)
    assert "tile.pe_0.macro_0, &lt;b&gt;&amp;:" in text
    assert "<b>" not in text


def emptied(table):
    """Return a change that empties a table of the energy."""

    def change(tree):
        tree["runs"][0]["energy"][table] = {}

    return change


def planned(**changed):
    """Return a change of the floorplan."""

    def change(tree):
        energy = tree["runs"][0]["energy"]
        energy["floorplan"] = energy["floorplan"] | changed

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (emptied("area"), r"area: Value error, must have an entry 'total_m2'"),
        (emptied("joules"), r"joules: Value error, must have an entry 'array'"),
        (planned(chip=[0.0, 0.0]), r"floorplan\.chip\.0: Input should be greater than 0"),
        (planned(pes=[0, 1]), r"floorplan\.pes\.0: Input should be greater than or equal to 1"),
    ],
)
def test_energy_without_what_is_shown_is_damaged(page_of, change, problem):
    with pytest.raises(ValueError, match=rf" is damaged: runs\.0\.energy\.{problem}$"):
        page_of("chip", change)


def test_toggles_without_a_block_are_damaged(page_of):
    def change(tree):
        tree["runs"][0]["layers"][0]["toggles"]["blocks"].pop("input bus")

    where = r"runs\.0\.layers\.0\.toggles\.blocks"
    with pytest.raises(ValueError, match=rf"{where}: Value error, must have an entry 'input bus'$"):
        page_of("network", change)
