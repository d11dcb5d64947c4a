import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from energy.merit import merit
from ohmloop.cli import app
from ohmloop.page.network_energy import CAUSES
from ohmloop.page.schema import read_report
from ohmloop.page.write import page


class Reader(HTMLParser):
    """Reads a page: its elements, and the text of those that say where it comes from."""

    VOID = ("meta", "link", "br", "hr", "img")

    def __init__(self):
        super().__init__()
        self.tags, self.figures, self.open = [], [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if tag not in self.VOID:
            self.open.append((tag, attributes, []))

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        started, attributes, texts = self.open.pop()
        assert started == tag, f"</{tag}> ends <{started}>"
        text = "".join(texts)
        if self.open:
            self.open[-1][2].append(text)
        if "data-path" in attributes:
            value = json.loads(attributes["data-value"])
            self.figures.append((attributes["data-path"], value, text))

    def handle_data(self, data):
        if self.open:
            self.open[-1][2].append(data)


def read_page(text):
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert not reader.open
    return reader


def stands_at(tree, path):
    """Return what a JSON pointer points to."""
    for key in path.split("/")[1:]:
        tree = tree[int(key)] if isinstance(tree, list) else tree[key]
    return tree


SCALES = (1, 100, *(10.0**power for power in range(-6, 16, 3)))


def says(text, value):
    """Return whether a text is a value: itself, a number in percent, or with a prefix.

    Numbers may be rounded: to the decimals shown, or to nine digits if there are none.
    """
    if isinstance(value, str):
        return text == value
    if value is None or isinstance(value, bool | list):
        return True  # in words, which each section chooses
    shown = float(text.replace(",", ""))
    if isinstance(value, int):
        return shown == value
    decimals = re.search(r"\.(\d+)$", text)
    off = 0.501 * 10.0 ** -len(decimals[1]) if decimals else 0
    if "," in text or (not decimals and value >= 1):
        off = max(off, 0.501)  # whole ones
    return any(abs(shown - value * by) <= max(off, 1e-8 * abs(shown)) for by in SCALES)


@pytest.fixture(scope="session")
def reading():
    return SimpleNamespace(read_page=read_page, stands_at=stands_at, says=says)


@pytest.fixture(scope="session")
def runs(root, build_dir, tmp_path_factory):
    """Return a folder with a bench and a network that were run, and their names."""
    folder = tmp_path_factory.mktemp("page") / "build"
    options = ("--engine", "twin", "--build-dir", str(folder))
    network = f"{root}/examples/networks.py:digits_cnn"
    for arguments in (("sim", "fc_layer"), ("run", network, "--images", "12")):
        result = CliRunner().invoke(app, [*arguments, *options])
        assert result.exit_code == 0, result.output
    names = {path.name.partition("-")[0]: path.name for path in (folder / "runs").iterdir()}
    return SimpleNamespace(build=folder, bench=names["fc_layer"], network=names["digits_cnn"])


@pytest.fixture(scope="session")
def page_of(runs):
    """Return a function that makes a page of a report, and the report, after changing it.

    A ``chip`` is a network whose energy was counted.
    """

    def made(kind, change):
        name = runs.bench if kind == "bench" else runs.network
        tree = json.loads((runs.build / "runs" / name / "report.json").read_text())
        if kind == "chip":
            tree["runs"][0]["energy"] = chip_energy(tree)
        change(tree)
        file = Path(runs.build / f"{kind}.json")
        file.write_text(json.dumps(tree))
        return page(read_report(file), name), tree

    unchanged = cache(lambda kind: made(kind, lambda tree: None))

    def page_of(kind, change=None):
        return unchanged(kind) if change is None else made(kind, change)

    return page_of


PLAN = {
    "macro": [10e-6, 10e-6],
    "macros": [2, 1],
    "pe": [25e-6, 10e-6],
    **{"pes": [3, 3], "chip": [75e-6, 36e-6]},
}
"""Seven PEs of two macros, in rows of three."""

BLOCK = {
    "library": "cells",
    "library_source": "made up",
    "voltage_v": 1.8,
    "node_nm": 130,
    "cells": 12_345,
    "flip_flops": 2_000,
    "clock_gates": 3,
    "area_m2": 98_765.4e-12,
    "wire_f": 2e-15,
    "shortest_period_s": 12.5e-9,
    "critical_path": ["a[0]", "b[1]"],
}


def spent(seed, **more):
    """Return joules by cause, which differ by seed, and their sum."""
    joules = {cause: (1 + seed * (2 + at) % 7) * 1e-9 for at, cause in enumerate(CAUSES.values())}
    return {"joules": joules, "total_j": sum(joules.values()), **more}


def chip_energy(tree):
    """Return the energy of a chip on which the network of a report ran, made up."""
    (run,), images = tree["runs"], tree["accuracy"]["images"]
    names = [one["name"] for one in run["layers"]]
    units = [
        spent(pe + n, path=f"tile.pe_{pe}.{part}", layer=names[pe] if pe < len(names) else None)
        for pe in range(7)
        for n, part in enumerate(("macro_0", "macro_1", "logic"))
    ]
    layers, shared = [spent(at, name=name) for at, name in enumerate(names)], spent(99)
    whole = [one["joules"] for one in (*layers, shared)]
    joules = {cause: sum(one[cause] for one in whole) for cause in CAUSES.values()}
    seconds, total_j = run["cycles"]["predicted"] * 1e-8, sum(joules.values())
    area_m2 = PLAN["chip"][0] * PLAN["chip"][1]
    figures = {"macs": 45_000, "seconds": seconds, "joules": total_j / images, "area_m2": area_m2}
    return {
        "images": images,
        "cycles": images * run["cycles"]["predicted"],
        "clock_period_s": 1e-8,
        "seconds": images * seconds,
        "node_nm": 32,
        "supply_v": 1.0,
        "joules": joules,
        "total_j": total_j,
        "host_j": 5e-9,
        "layers": layers,
        "shared": shared,
        "gates": {"macro": BLOCK, "pe_logic": BLOCK, "core": {**BLOCK, "cells": 99_999}},
        "units": [*units, spent(3, path="tile.core", layer=None)],
        "adders": {"shift-add": {"nets": 900, "toggles": 80_000, "net_cycles": 400_000}},
        "area": {"array": 2e-9, "adcs": 0.6e-9, "empty": 0.1e-9, "total_m2": area_m2},
        "floorplan": PLAN,
        "clock": {key: BLOCK[key] for key in ("shortest_period_s", "critical_path")}
        | {"part": "core", "scaled_period_s": 3e-9, "scaled_source": "made up"}
        | {"conversion_s": 1e-8},
        "macs": 45_000,
        "merit": [vars(merit(operations_per_mac=count, **figures)) for count in (1, 2)],
        "left_out": ["glitches", "a clock tree"],
    }
