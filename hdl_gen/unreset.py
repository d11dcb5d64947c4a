"""Registers that a reset leaves alone, at the ports of a component."""

from amaranth import Signal
from amaranth.lib import wiring

__all__ = ["unreset"]


def unreset(component: wiring.Component, *names: str) -> None:
    """Let outputs of a component keep their values through a reset.

    For data that nothing reads before it is written: a reset in front of each bit would take gates,
    and have its clock run.

    Parameters
    ----------
    component : wiring.Component
        Component that is being made.
    *names : str
        Its outputs that are registers.
    """
    for name in names:
        held = Signal.like(getattr(component, name), name=name, reset_less=True)
        setattr(component, name, held)
