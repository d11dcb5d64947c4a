"""Cases without RTL, in a module of their own so that worker processes find it."""

import json
import os
import signal
import time

from ohmloop.regress import command
from ohmloop.regress.record import Record
from ohmloop.start import main


def simulate(case, folder, *, build_dir):
    """Do what ``fakes.json`` says of the case; leave its name in ``ran.txt``."""
    with (folder / "ran.txt").open("a") as file:
        file.write(f"{case.name}\n")
    told = json.loads((folder / "fakes.json").read_text())[case.name]
    if "error" in told:
        raise RuntimeError(told["error"])
    if told.get("dies"):
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(told.get("seconds", 0))
    return Record.model_validate_json(json.dumps(told["record"]))


def run():
    """Be the command line, with these cases."""
    command.simulate = simulate
    main()
