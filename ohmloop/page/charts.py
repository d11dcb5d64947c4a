"""Plots as SVG: text stays text, and equal numbers give equal bytes."""

import io
import math
import re
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator, NullFormatter, PercentFormatter

# Paul Tol, "Colour Schemes", SRON/EPS/TN/09-002, issue 3.2 (2021), bright; told apart by all eyes.
BRIGHT = ("#4477AA", "#EE6677", "#CCBB44", "#228833", "#66CCEE", "#AA3377", "#BBBBBB", "#777777")
COLOURS = (*BRIGHT, "#332288", "#44AA99", "#663333")  # the last from its other schemes

WIDTH_IN, BAR_IN, FRAME_IN = 12.3, 0.24, 1.1
"""Width of a plot; height of each bar and of all around the bars. In inches."""

LEGEND_COLUMNS, MOST_TICKS = 8, 20

PANELS, PANEL_IN = 4, 1.7
"""Histograms side by side, and the height of each."""

STYLE: dict[Any, Any] = {  # its keys are literals to matplotlib
    "svg.fonttype": "none",  # text that the browser writes, finds and selects
    "text.parse_math": False,  # names are no formulas
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Helvetica", "Arial"],
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "axes.axisbelow": True,
    "axes.grid.axis": "x",
    "axes.grid": True,
    "grid.color": "#dddddd",
    "ytick.major.size": 0,
    "xtick.color": "#444444",
    "legend.frameon": False,
}


def stacked_bars(
    names: Sequence[str],
    parts: Mapping[str, Sequence[float]],
    *,
    label: str,
    each: str,
    unit: str = "",
) -> Figure:
    """Return a bar per name, made of parts; beside it the share of each part in its bar.

    Parameters
    ----------
    names : sequence of str
        What the bars are, from the top.
    parts : mapping of str to sequence of float
        Lengths of the pieces, none negative, one per bar.
    label : str
        What the lengths are, for the axis.
    each : str
        What one bar is, such as ``layer``.
    unit : str
        Unit of the ticks, which get prefixes such as k and M; none for things that are counted.
    """
    lengths = np.array(list(parts.values()), dtype=float)
    sums = lengths.sum(axis=0)
    shares = np.divide(lengths, sums, out=np.zeros_like(lengths), where=sums > 0)
    with rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_IN, FRAME_IN + BAR_IN * len(names)), layout="constrained")
        absolute, relative = figure.subplots(1, 2, sharey=True)
        _bars(absolute, list(parts), lengths)
        _bars(relative, list(parts), shares)
        absolute.set_yticks(range(len(names)), names)
        absolute.set_ylim(len(names) - 0.5, -0.5)  # from the top, in both, for they share it
        absolute.set_xlabel(label)
        absolute.xaxis.set_major_formatter(EngFormatter(unit))
        relative.set_xlabel(f"share of each {each}")
        relative.set_xlim(0, 1)
        relative.xaxis.set_major_formatter(PercentFormatter(1))
        handles, labels = absolute.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=LEGEND_COLUMNS)
    return figure


def _bars(axes: Axes, labels: Sequence[str], lengths: np.ndarray) -> None:
    """Put pieces side by side, shape (pieces, bars)."""
    starts = np.cumsum(lengths, axis=0) - lengths
    for label, colour, length, start in zip(labels, cycle(COLOURS), lengths, starts, strict=False):
        axes.barh(range(len(length)), length, left=start, label=label, color=colour, height=0.7)


def histogram(counts: Sequence[int], *, of: str, unit: str) -> Figure:
    """Return how often each of the numbers 0, 1, 2 and so on occurs."""
    with rc_context(STYLE | {"axes.grid.axis": "y"}):
        figure = Figure(figsize=(WIDTH_IN / 2, 2.0), layout="constrained")
        axes = figure.subplots()
        axes.bar(range(len(counts)), counts, color=COLOURS[0], width=0.8)
        axes.set_xticks(range(0, len(counts), math.ceil(len(counts) / MOST_TICKS)))
        axes.set_xlabel(of)
        axes.set_ylabel(unit)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def histograms(names: Sequence[str], counts: Sequence[Sequence[int]], *, of: str) -> Figure:
    """Return a small histogram per name, each of how often 0, 1, 2 and so on occurs.

    The first and the last number are told apart. Axes of counts are logarithmic.
    """
    rows = math.ceil(len(names) / PANELS)
    with rc_context(STYLE | {"axes.grid.axis": "y", "axes.titlesize": 9}):
        figure = Figure(figsize=(WIDTH_IN, PANEL_IN * rows), layout="constrained")
        panels = figure.subplots(rows, PANELS, squeeze=False).ravel()
        for axes, name, values in zip(panels, names, counts, strict=False):
            edges = np.arange(len(values) + 1) - 0.5
            axes.stairs(values, edges, fill=True, color=COLOURS[0], label="all")
            for end in (slice(1), slice(-1, None)):
                borders = edges[:2] if end.stop else edges[-2:]
                axes.stairs(values[end], borders, fill=True, color=COLOURS[1], label="end")
            axes.set_yscale("log")
            axes.set_ylim(bottom=0.5)
            axes.set_xlim(edges[0], edges[-1])
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            axes.yaxis.set_major_formatter(EngFormatter())
            axes.yaxis.set_minor_formatter(NullFormatter())
            axes.set_title(name)
            axes.set_xlabel(of)
        for axes in panels[len(names) :]:
            axes.remove()
    return figure


def as_svg(figure: Figure, name: str) -> str:
    """Return a plot as an element of HTML; its name must differ from that of others on the page."""
    file = io.StringIO()
    # Elements are named by a hash of what they are and this name, rather than at random.
    with rc_context(STYLE | {"svg.hashsalt": name}):
        figure.savefig(file, format="svg", metadata={"Date": None}, transparent=True)
    svg = file.getvalue()
    # Others are numbered, so they would occur once per plot; nothing refers to them.
    svg = re.sub(r' id="[a-z0-9.]+_\d+"', "", svg)
    return svg[svg.index("<svg") :]
