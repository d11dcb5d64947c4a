"""Pages in headless Chromium: what it shows, asks for, complains about, and where text ends up."""

import json
import os
import re
import shutil
import subprocess
from types import SimpleNamespace

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LIMIT_S = 120
WIDTH = 1320

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="needs Chromium; on Debian: apt-get install chromium"
)

OPTIONS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # there is no network
    f"--window-size={WIDTH},2000",
    "--enable-logging=stderr",
    "--net-log-capture-mode=Everything",
    "--dump-dom",
)

KINDS = ["bench", "network", "chip"]

# Says in an attribute what sticks out: tables wider than their place, text beyond its plot.
MEASURE = """<script>
const out = [...document.querySelectorAll(".wide")].filter(e => e.scrollWidth > e.clientWidth)
  .map(e => e.textContent.trim().slice(0, 20));
for (const plot of document.querySelectorAll("svg")) {
  const frame = plot.getBoundingClientRect();
  for (const text of plot.querySelectorAll("text")) {
    const box = text.getBoundingClientRect();
    if (box.left < frame.left - 1 || box.right > frame.right + 1) out.push(text.textContent);
  }
}
if (document.documentElement.scrollWidth > innerWidth) out.push("page");
document.body.dataset.out = JSON.stringify(out);
</script></body>"""


def asked_for(net_log):
    """Return what a page asked the network for; what the browser itself asks for has no origin."""
    log = json.loads(net_log.read_text())
    start = log["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    events = [event.get("params", {}) for event in log["events"] if event["type"] == start]
    started = [one for one in events if "url" in one]  # the others tell the end of a request
    found = [one["url"] for one in started if one["initiator"] != "not an origin"]
    return [url for url in found if not url.startswith("file:")]


@pytest.fixture(name="browse")
def _browse(tmp_path):
    """Return a function that opens a page."""

    def browse(text):
        page, net_log = tmp_path / "page.html", tmp_path / "net.json"
        page.write_text(text, encoding="utf-8")
        command = [
            CHROMIUM,
            *OPTIONS,
            f"--log-net-log={net_log}",
            f"--user-data-dir={tmp_path}/own",
        ]
        command += ["--no-sandbox"] if os.geteuid() == 0 else []  # which root cannot have
        done = subprocess.run(
            [*command, page.as_uri()], capture_output=True, text=True, timeout=LIMIT_S
        )
        assert done.returncode == 0, done.stderr
        complaints = re.findall(r"CONSOLE.*", done.stderr)
        return SimpleNamespace(dom=done.stdout, complaints=complaints, asked=asked_for(net_log))

    return browse


@pytest.mark.parametrize("kind", KINDS)
def test_browser_shows_the_figures_of_the_report(kind, page_of, browse, reading):
    text, tree = page_of(kind)
    shown = browse(text)
    assert (shown.asked, shown.complaints) == ([], [])
    figures = reading.read_page(shown.dom).figures
    assert figures == reading.read_page(text).figures
    for path, value, said in figures:
        assert reading.stands_at(tree, path) == value, path
        assert reading.says(said, value), (path, said, value)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_sticks_out(kind, page_of, browse):
    text = re.sub(r"<meta http-equiv[^>]*>", "", page_of(kind)[0]).replace("</body>", MEASURE)
    (out,) = re.findall(r'data-out="([^"]*)"', browse(text).dom)
    assert out == "[]"


def test_requests_and_complaints_would_be_seen(browse):
    address = "http://127.0.0.1:9/x.png"
    shown = browse(f'<body><img src="{address}"><script>console.error("oops")</script></body>')
    assert shown.asked == [address]
    assert "oops" in shown.complaints[0]


def test_page_may_not_ask_even_if_it_would(page_of, browse):
    text = page_of("network")[0].replace("</main>", '<img src="http://127.0.0.1:9/x.png"></main>')
    shown = browse(text)
    assert shown.asked == []
    assert "Content Security Policy" in shown.complaints[0]
