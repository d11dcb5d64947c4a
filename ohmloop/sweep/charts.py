"""Plots of a sweep: each figure over the values of one axis, in a colour for each of the others."""

from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ohmloop.page.charts import COLOURS, LEGEND_COLUMNS, STYLE, WIDTH_IN

ACROSS, PANEL_IN, NAMES_IN = 3, 2.1, 0.8
"""Panels side by side; height of each, and of long names below it, in inches."""

LONGEST = 50
"""Letters of all values together that fit below a panel side by side."""

Heights = Mapping[str, Sequence[float | None]]
"""By the name of a series, what was found at each value of the axis; None where nothing was."""


def panels(values: Sequence[str], figures: Mapping[str, Heights], *, axis: str) -> Figure:
    """Return a panel for each figure: lines if the values are numbers, else bars.

    Parameters
    ----------
    values : sequence of str
        Values of the axis, from left to right, at equal distances.
    figures : mapping of str to mapping of str to sequence of float or None
        Heights of all series by the name of the figure. All have the same series.
    axis : str
        Name of the axis.
    """
    rows, long = -(-len(figures) // ACROSS), sum(map(len, values)) > LONGEST
    height_in = rows * (PANEL_IN + NAMES_IN * long) + 0.3
    with rc_context(STYLE | {"axes.grid.axis": "y"}):
        figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
        places = figure.subplots(rows, ACROSS, squeeze=False).ravel()
        for axes, (name, heights) in zip(places, figures.items(), strict=False):
            draw = _lines if all(value[0].isdigit() for value in values) else _bars
            draw(axes, heights)
            axes.set_title(name, loc="left", fontsize=9)
            axes.set_xlabel(axis)
            axes.set_xticks(range(len(values)), values)
            if long:
                axes.tick_params(axis="x", rotation=35)
                for label in axes.get_xticklabels():
                    label.set_horizontalalignment("right")
            axes.margins(y=0.1)
            axes.set_ylim(bottom=0)
        for axes in places[len(figures) :]:
            axes.set_axis_off()
        handles, labels = places[0].get_legend_handles_labels()
        if len(labels) > 1:
            figure.legend(handles, labels, loc="outside upper left", ncols=LEGEND_COLUMNS)
    return figure


def _lines(axes: Axes, heights: Heights) -> None:
    for (label, found), colour in zip(heights.items(), cycle(COLOURS), strict=False):
        axes.plot(_numbers(found), label=label, color=colour, marker="o", markersize=4)


def _bars(axes: Axes, heights: Heights) -> None:
    width = 0.8 / len(heights)
    for at, (label, found) in enumerate(heights.items()):
        places = np.arange(len(found)) + (at - (len(heights) - 1) / 2) * width
        axes.bar(places, _numbers(found), width, label=label, color=COLOURS[at % len(COLOURS)])


def _numbers(found: Sequence[float | None]) -> list[float]:
    return [float("nan") if one is None else one for one in found]
