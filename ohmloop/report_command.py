"""The command `report`: what a run left, as a page for a browser."""

from pathlib import Path

import click

from hw_spec.check import one_of
from ohmloop.report import write_whole
from ohmloop.terminal import build_dir_option, console


@click.command("report", epilog="Example: ohmloop report fc_layer")
@click.argument("run")
@build_dir_option
def report_command(run: str, build_dir: Path) -> None:
    """Write what RUN left as one page of HTML: report.html beside its report.json.

    RUN is a name under runs/ of the build folder, such as fc_layer. The page works offline.
    """
    folder = build_dir / "runs"
    names = sorted(file.parent.name for file in folder.glob("*/report.json"))
    if not names:
        raise ValueError(
            f"Folder '{folder}' must hold a finished run, but holds none; make one with: "
            "ohmloop sim fc_layer"
        )
    one_of("Finished run", run, names)
    # Here, because plots take a second to load, which other commands need not wait for.
    from ohmloop.page.schema import read_report
    from ohmloop.page.write import page

    report = read_report(folder / run / "report.json")
    path = folder / run / "report.html"
    write_whole(path, page(report, run))
    console.print(f"Page: {path}", soft_wrap=True)
