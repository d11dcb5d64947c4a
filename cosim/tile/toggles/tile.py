"""Toggles of every register of a tile."""

from cosim.tile.inference import StepRun
from cosim.tile.script import output_reads
from cosim.tile.toggles import paths
from cosim.tile.toggles.control import take_events, take_program
from cosim.tile.toggles.fetch import take_fetch
from cosim.tile.toggles.moved import Moved
from cosim.tile.toggles.pe import take_pes
from cosim.tile.toggles.registers import Registers
from cosim.tile.toggles.vector import take_vector
from cosim.tile.toggles.writer import take_writer
from hw_spec.program import Kind, Setting
from network.compiled import Compiled


class TileToggles:
    """Follows the registers of a tile that runs a network on images, one after the other.

    Counted is what changes while a program runs, from its first cycle to the one after its last,
    which its interrupt ends. Before the first image, all registers are as after the reset; between
    two, the host reads the output as :func:`cosim.tile.script.output_reads` tells.

    Parameters
    ----------
    compiled : Compiled
        Network.
    images : int
        Images.
    """

    def __init__(self, compiled: Compiled, images: int):
        self._compiled = compiled
        self._registers = Registers(paths.register_paths(compiled.tile), images)
        self._settings = dict.fromkeys(Setting, 0)
        self._read = self._written = 0

    def take(self, run: StepRun) -> None:
        """Take up what moved in a step; steps come in their order.

        Raises
        ------
        ValueError
            If what moved was not kept.
        """
        compiled, registers = self._compiled, self._registers
        if run.trace is None:
            raise ValueError(f"Run of step '{run.step.name}' must have kept what moved")
        self._settings |= run.step.settings
        moved = Moved(
            tile=compiled.tile, step=run.step, trace=run.trace, settings=dict(self._settings)
        )
        for number, one in run.macros.items():
            path = paths.macro(number, compiled.tile.table.macros_per_pe)
            for name, toggles in one.toggles.items():
                registers.add(f"{path}.{name.partition('.')[2]}", toggles)
        self._read += take_fetch(registers, compiled.tile, moved)
        if run.step.kind is Kind.MATRIX:
            take_pes(registers, compiled, moved)
        else:
            take_vector(registers, compiled, moved)
        self._written += take_writer(registers, moved)

    def toggles(self) -> dict[str, int]:
        """Return the toggles of each register by its path, once all steps were taken up.

        May be asked once.
        """
        compiled, registers = self._compiled, self._registers
        take_program(registers, compiled)
        take_events(registers, compiled, pieces_read=self._read, blocks_written=self._written)
        word, last = compiled.tile.word, output_reads(compiled)[-1].index
        registers.restart(f"{paths.MEMORY}.taken_column", last % word)
        registers.restart(f"{paths.MEMORY}.taken_odd", last // word & 1)
        return registers.toggles()
