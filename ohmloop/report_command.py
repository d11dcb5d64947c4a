"""The command `report`: what a run left, as a page for a browser."""

from pathlib import Path

import click

from ohmloop.report import write_whole
from ohmloop.runs import report_of
from ohmloop.terminal import build_dir_option, console


@click.command("report", epilog="Example: ohmloop report fc_layer")
@click.argument("run")
@build_dir_option
def report_command(run: str, build_dir: Path) -> None:
    """Write what RUN left as one page of HTML: report.html beside its report.json.

    RUN is a name under runs/ of the build folder, such as fc_layer. The page works offline.
    """
    found = report_of(run, build_dir)
    # Here, because plots take a second to load, which other commands need not wait for.
    from ohmloop.page.schema import read_report
    from ohmloop.page.write import page

    path = found.with_name("report.html")
    write_whole(path, page(read_report(found), run))
    console.print(f"Page: {path}", soft_wrap=True)
