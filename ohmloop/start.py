"""Entry of the command line: whatever goes wrong is told in one line."""

import signal
import sys
from typing import NoReturn

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130
"""Exit statuses: a check or a tool failed; what was asked for is wrong or missing; Ctrl-C."""


def main() -> None:
    """Run the command line."""
    try:
        # A terminated run cleans up as an interrupted one does.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.default_int_handler)
        _run()
    except KeyboardInterrupt:
        _fail("interrupted; what was built is kept", INTERRUPTED)


def _run() -> None:
    import click  # here, so that Ctrl-C during the imports is caught as well

    from ohmloop.cli import app

    try:
        app(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        sys.exit(error.format_message())
    except click.ClickException as error:
        _fail(error.format_message(), BAD_INPUT)
    except click.Abort:  # Ctrl-C, to which click has ended the line already
        _fail("interrupted; what was built is kept", INTERRUPTED)
    except (RuntimeError, TimeoutError) as error:
        _fail(str(error), FAILED)
    except (ValueError, TypeError, OSError) as error:
        _fail(str(error), BAD_INPUT)


def _fail(message: str, status: int) -> NoReturn:
    sys.stderr.write(f"ohmloop: {message}\n")
    sys.exit(status)
