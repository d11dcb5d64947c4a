"""Windows: spans of cycles that are looked at closely."""

import re


def parse_window(text: str) -> range:
    """Return the cycles that ``A:B`` means: from A on, without B.

    Raises
    ------
    ValueError
        If the text says anything else.
    """
    match = re.fullmatch(r"(\d{1,18}):(\d{1,18})", text, re.ASCII)
    window = range(int(match[1]), int(match[2])) if match else range(0)
    if not window:
        raise ValueError(f"Window must be A:B with A below B, such as 100:140, not {text!r}")
    return window


def check_window(window: range) -> None:
    """Refuse what is no span of cycles.

    Raises
    ------
    ValueError
        If the window is empty, begins before cycle 0, or leaves out cycles.
    """
    if not window or window.start < 0 or window.step != 1:
        raise ValueError(f"Window must be one or more cycles from 0 on, not {window!r}")


def refuse_window(engine: str, window: range | None) -> None:
    """Refuse any window, for an engine that knows none.

    Raises
    ------
    ValueError
        If there is one.
    """
    if window is not None:
        raise ValueError(
            f"Engine '{engine}' must watch the whole run, not only cycles "
            f"{window.start}:{window.stop}; use engine 'native' for a window"
        )
