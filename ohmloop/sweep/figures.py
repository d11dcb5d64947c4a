"""The figures by which chips are compared: how each is found in a result, and how it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Result = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """One figure of a chip."""

    name: str
    unit: str
    find: Callable[[Result], float]
    """Finds it in a result, in the unit."""

    digits: int
    """Decimal places that are shown."""

    def text(self, result: Result) -> str:
        """Return the figure of a result as it is read."""
        return f"{self.find(result):,.{self.digits}f}"


OPERATIONS_PER_MAC = 1
"""Operations that a multiply-accumulate counts as, as in the table of DNN+NeuroSim, IEDM 2019."""


def merit(result: Result) -> dict[str, float]:
    """Return the figures of merit that count operations as `OPERATIONS_PER_MAC` says."""
    found: list[dict[str, float]] = result["energy"]["merit"]
    return next(one for one in found if one["operations_per_mac"] == OPERATIONS_PER_MAC)


FIGURES = (
    Figure("accuracy", "%", lambda found: 100 * found["accuracy"]["chip"], 1),
    Figure("macros", "", lambda found: found["macros"], 0),
    Figure("cells used", "%", lambda found: 100 * found["utilisation"], 1),
    Figure("area", "mm2", lambda found: 1e6 * found["energy"]["area"]["total_m2"], 3),
    Figure(
        "least period", "ns", lambda found: 1e9 * found["energy"]["clock"]["scaled_period_s"], 2
    ),
    Figure("latency", "us", lambda found: 1e6 * merit(found)["seconds"], 1),
    Figure("throughput", "fps", lambda found: merit(found)["frames_per_second"], 0),
    Figure("throughput", "GOPS", lambda found: 1e3 * merit(found)["tops"], 2),
    Figure("energy", "nJ/image", lambda found: 1e9 * merit(found)["joules"], 1),
    Figure("efficiency", "TOPS/W", lambda found: merit(found)["tops_per_watt"], 3),
)
"""In the order of the table. The least period is that of the gates at the node of the chip; latency
and throughput are those of the clock that the chip is described with."""

BRIEF = tuple(figure for figure in FIGURES if figure.unit not in ("", "GOPS"))
"""Those of which a terminal has room."""

PLOTTED = tuple(figure for figure in FIGURES if figure.unit != "GOPS")
"""Those of which a page has plots: operations per second go with images per second."""
