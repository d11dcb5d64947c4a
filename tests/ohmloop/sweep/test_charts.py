import numpy as np

from ohmloop.sweep.charts import panels

HEIGHTS = {"a": [1.0, 2.0, 3.0], "b": [4.0, None, 6.0]}


def test_numbers_become_lines_with_a_gap_where_nothing_was_found():
    figure = panels(["3", "4", "5"], {"area": HEIGHTS}, axis="ADC bits")
    axes = figure.axes[0]
    assert [line.get_label() for line in axes.lines] == ["a", "b"]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [1, 2, 3])
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), [4, np.nan, 6])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["3", "4", "5"]
    assert axes.get_ylim()[0] == 0
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]


def test_names_become_bars_side_by_side():
    figure = panels(["SRAM", "RRAM", "PCM"], {"area": HEIGHTS}, axis="device")
    axes = figure.axes[0]
    assert not axes.lines
    heights = [[bar.get_height() for bar in bars] for bars in axes.containers]
    np.testing.assert_array_equal(heights, [[1, 2, 3], [4, np.nan, 6]])
    first, second = (bars[0] for bars in axes.containers)
    np.testing.assert_allclose(first.get_x() + first.get_width(), second.get_x(), atol=1e-12)


def test_each_figure_has_a_panel_and_empty_places_have_none():
    figures = {name: {"": [1.0, 2.0]} for name in "abcd"}
    figure = panels(["1", "2"], figures, axis="x")
    assert [axes.get_title(loc="left") for axes in figure.axes[:4]] == ["a", "b", "c", "d"]
    assert [axes.axison for axes in figure.axes] == [True] * 4 + [False] * 2
    assert not figure.legends  # one series needs none
