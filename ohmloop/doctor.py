"""Tells which tools are here, and what to do about the others."""

import sysconfig
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cosim.toolchain import Tool, tools


def doctor(build_dir: Path) -> int:
    """Print which tools are here, and one remedy for each that is not.

    Parameters
    ----------
    build_dir : Path
        Folder that simulators are built in.

    Returns
    -------
    int
        0 if ``make sim`` will work, else 1.
    """
    console = Console(highlight=False)
    found = tools(build_dir)
    lacking = [tool.name for tool in found if tool.required and not tool.version]
    if lacking:
        console.print(Text(f"make sim will not work here: it lacks {', '.join(lacking)}.", "red"))
    else:
        console.print(Text("make sim will work: every needed tool is here.", "green"))

    table = Table(box=None, padding=(0, 3, 0, 0))
    table.add_column("Tool", no_wrap=True)
    table.add_column("Version", no_wrap=True)
    table.add_column("Where", overflow="fold")
    table.add_column("Status", no_wrap=True)
    for tool in found:
        table.add_row(tool.name, tool.version or "-", Text(_short(tool.where)), _status(tool))
    console.print("", table, "", sep="\n")

    for tool in found:
        if not tool.version:
            need = "needed" if tool.required else "optional"
            line = f"{tool.name} ({need}, {tool.needed_for}): {tool.remedy}"
            console.print(Text(line), soft_wrap=True)  # a command that can be copied
    return 1 if lacking else 0


def _status(tool: Tool) -> Text:
    if tool.version:
        return Text("ok", "green")
    if tool.where:
        return Text("does not work", "red" if tool.required else "yellow")
    return Text("missing", "red") if tool.required else Text("optional", "dim")


def _short(where: str | None) -> str:
    """Return a path as short as it can be told from here."""
    packages = Path(sysconfig.get_path("purelib")).resolve()
    for start, sign in ((packages, packages.name), (Path.cwd(), "."), (Path.home(), "~")):
        if where and Path(where).is_relative_to(start):
            return str(Path(sign, Path(where).relative_to(start)))
    return where or "-"
