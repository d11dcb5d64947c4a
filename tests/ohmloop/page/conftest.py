import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from ohmloop.cli import app
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


def says(text, value):
    """Return whether a text is a value: the text itself, or a number as it is, in percent, in nano,
    and square metres in square micrometres.

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
    return any(abs(shown - value * by) <= max(off, 1e-8 * abs(shown)) for by in (1, 100, 1e9, 1e12))


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
    """Return a function that makes a page of a report, and the report, after changing it."""

    def page_of(kind, change=lambda tree: None):
        name = getattr(runs, kind)
        tree = json.loads((runs.build / "runs" / name / "report.json").read_text())
        change(tree)
        file = Path(runs.build / f"{kind}.json")
        file.write_text(json.dumps(tree))
        return page(read_report(file), name), tree

    return page_of
