import re

import numpy as np
import pytest
from matplotlib.colors import to_hex

from ohmloop.page.charts import as_svg, histogram, histograms, stacked_bars


def lengths(axes):
    """Return start and length of every piece, shape (pieces, bars, 2)."""
    return np.array([[(bar.get_x(), bar.get_width()) for bar in bars] for bars in axes.containers])


def test_pieces_lie_side_by_side_in_true_length():
    parts = {"a": [3, 0, 1], "b": [1, 0, 4]}
    absolute, relative = stacked_bars(["x", "y", "z"], parts, label="things", each="bar").axes
    np.testing.assert_array_equal(
        lengths(absolute), [[(0, 3), (0, 0), (0, 1)], [(3, 1), (0, 0), (1, 4)]]
    )
    # Shares by hand; a bar of nothing has none.
    np.testing.assert_allclose(
        lengths(relative), [[(0, 0.75), (0, 0), (0, 0.2)], [(0.75, 0.25), (0, 0), (0.2, 0.8)]]
    )


def test_first_bar_is_on_top():
    absolute, _ = stacked_bars(["x", "y"], {"a": [1, 2]}, label="things", each="bar").axes
    top, bottom = (absolute.transData.transform((0, at))[1] for at in (0, 1))
    assert top > bottom
    assert [one.get_text() for one in absolute.get_yticklabels()] == ["x", "y"]


@pytest.mark.parametrize("pieces", [1, 8, 11])
def test_every_piece_is_drawn(pieces):
    parts = {f"part {at}": [1.0] for at in range(pieces)}
    figure = stacked_bars(["x"], parts, label="things", each="bar")
    assert len(figure.axes[0].containers) == pieces
    svg = as_svg(figure, "a")
    assert all(f">part {at}<" in svg for at in range(pieces))
    colours = {to_hex(bars[0].get_facecolor()) for bars in figure.axes[0].containers}
    assert len(colours) == pieces


def test_units_get_prefixes():
    svg = as_svg(stacked_bars(["x"], {"a": [3e-9]}, label="energy", each="run", unit="J"), "a")
    assert ">2 nJ<" in svg


def test_histogram_has_a_bar_per_class():
    (axes,) = histogram([2, 0, 5], of="class", unit="images").axes
    assert [bar.get_height() for bar in axes.patches] == [2, 0, 5]
    assert [one.get_text() for one in axes.get_xticklabels()] == ["0", "1", "2"]


def test_histogram_of_many_classes_stays_readable():
    (axes,) = histogram([1] * 1000, of="class", unit="images").axes
    assert len(axes.get_xticks()) == 20


def test_histograms_tell_the_ends_apart():
    # Two panels of four are used; a count of 1 is seen on the logarithmic axis.
    figure = histograms(["x", "y"], [[5, 0, 1], [1, 2, 3, 4]], of="code")
    assert len(figure.axes) == 2
    for axes, counts in zip(figure.axes, ([5, 0, 1], [1, 2, 3, 4]), strict=True):
        whole, lowest, top = (step.get_data() for step in axes.patches)
        assert list(whole.values) == counts
        assert whole.edges.tolist() == [at - 0.5 for at in range(len(counts) + 1)]
        assert (list(lowest.values), lowest.edges.tolist()) == (counts[:1], [-0.5, 0.5])
        last = len(counts) - 0.5
        assert (list(top.values), top.edges.tolist()) == (counts[-1:], [last - 1, last])
        assert axes.get_yscale() == "log"
        assert axes.get_ylim()[0] < 1
    svg = as_svg(figure, "a")
    assert not re.search(r"mathdefault|[^\x20-\x7e\n]", svg)


def test_svg_is_an_element_of_html_with_text_as_text():
    svg = as_svg(stacked_bars(["conv1 <&"], {"a": [1]}, label="cycles", each="layer"), "a")
    assert svg.startswith("<svg ")
    assert "conv1 &lt;&amp;" in svg
    assert not re.search(r"<script|<\?xml|<!DOCTYPE", svg)


def test_names_are_no_formulas():
    assert ">$x_1$<" in as_svg(stacked_bars(["$x_1$"], {"a": [1]}, label="a", each="bar"), "a")
