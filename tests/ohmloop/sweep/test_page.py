import io
import re

import pytest
from rich.console import Console

from ohmloop.sweep.page import sweep_page
from ohmloop.sweep.plan import read_sweep
from ohmloop.sweep.report import sweep_report, sweep_table
from ohmloop.sweep.run import Outcome


@pytest.fixture(name="report")
def _report(sweep_file, make_result):
    sweep = read_sweep(sweep_file())
    points = sweep.points()
    outcomes = [
        Outcome(point=point, result=make_result(size)) for size, point in enumerate(points[:3], 1)
    ]
    outcomes.append(Outcome(point=points[3], result=None, reason="Node must be known"))
    return sweep_report(sweep, outcomes, build_dir=sweep_file().parent)


def cells(page, section):
    """Return the rows of the table of a section, as they are read."""
    text = re.search(rf'<section id="{section}">.*?</section>', page, re.DOTALL)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", text[text.index("<tbody>") :], re.DOTALL)
    return [re.findall(r"<span>(.*?)</span>", row) for row in rows]


def test_figures_of_each_point(report):
    # 87.5 %, 12 macros, 62.5 %; of the first point 0.2 mm2, 3 ns, 2 us, 22 nJ; 1 operation per MAC.
    first = ["6", "32 nm", "87.5", "12", "62.5", "0.200", "3.00", "2.0", "500,000", "500.00"]
    assert cells(sweep_page(report), "figures")[0] == [*first, "22.0", "0.250"]
    assert [row[5] for row in cells(sweep_page(report), "figures")] == ["0.200", "0.400", "0.600"]


def test_energy_is_that_of_one_image(report):
    # 11 causes of 4 nJ each for 2 images; three are lines, two are gates of PEs and core.
    row = cells(sweep_page(report), "energy")[0]
    assert row[0] == "6 ADC bits, 32 nm node"
    parts = ["2.0000", "2.0000", "6.0000", "2.0000", "4.0000", "2.0000", "2.0000", "2.0000"]
    assert row[1:] == [*parts, "22.0000"]


def test_area_is_that_of_the_chip(report):
    # 11 parts of 0.02 mm2 each; three are drivers, two are gates of PEs and core.
    row = cells(sweep_page(report), "area")[0]
    parts = ["0.0200", "0.0200", "0.0600", "0.0200", "0.0400", "0.0200", "0.0200", "0.0200"]
    assert row[1:] == [*parts, "0.2200"]


def test_point_that_cannot_be_run_is_told(report):
    page = sweep_page(report)
    assert "7 ADC bits, 22 nm node cannot be run: Node must be known" in page
    assert "glitches" in page


def test_page_refers_to_nothing_outside_and_has_equal_bytes(report):
    page = sweep_page(report)
    assert page == sweep_page(report)
    assert not re.search(r'(src|href)="(?!#|data:)', page)
    assert "Made from sweep.json" in page


def test_table_has_a_line_for_each_point_that_was_run(report):
    console = Console(width=120, file=io.StringIO())
    console.print(sweep_table(report))
    lines = console.file.getvalue().splitlines()
    wanted = "6 32 nm 87.5 62.5 0.200 3.00 2.0 500,000 22.0 0.250"
    assert [line.split() for line in lines].count(wanted.split()) == 1
    assert sum("87.5" in line for line in lines) == 3
