"""The array behind one macro of a tile, with answers that are known beforehand."""

import cocotb

from cosim.native.tile import Verdict


class Array:
    """Checks what a macro drives and selects, and answers it.

    Attributes
    ----------
    number : int
        Number of the macro on the tile.
    conversions : int
        Conversions so far.
    """

    def __init__(self, dut, number, feed, spec):
        sar = spec.adc.kind == "sar"
        strobes = ["sample", "compare"] if sar else ["sample"]
        names = [*strobes, "row_drive", "word_lines", "column_select", *(["trials"] if sar else [])]
        self._pins = {name: getattr(dut, f"analog_{number}__{name}") for name in names}
        self._answer = getattr(dut, f"analog_{number}__{'decisions' if sar else 'codes'}")
        self._answer.value = 0
        self._feed, self._columns = feed, spec.columns_per_adc
        self._delay = 1 if sar else spec.adc.conversion_cycles
        self._all = 0 if feed is None else len(feed.drives) * spec.columns_per_adc
        self.number, self.conversions = number, 0
        self._asked = 0  # answers asked for
        self._due_cycle = None  # of the last of them
        # Reading the strobes of all macros in every cycle would take most of the time.
        self._high = set()
        for name in strobes:
            cocotb.start_soon(self._follow(name))

    async def _follow(self, strobe):
        pin = self._pins[strobe]
        while True:
            await pin.value_change
            (self._high.add if int(pin.value) else self._high.discard)(strobe)

    @property
    def samples(self):
        """Whether the macro samples in this cycle; known once it has settled."""
        return "sample" in self._high

    @property
    def missing(self):
        """Conversions to come."""
        return self._all - self.conversions

    def put(self, cycle):
        """Give the answer that is due; to be called at the beginning of a cycle."""
        if cycle == self._due_cycle:
            self._answer.value = _number(self._feed.answers[self._asked - 1])

    def take_sample(self, cycle):
        """Look at a sample; return what is wrong with it: verdict, expected, seen. Or None."""
        if not self.samples:
            return None
        if not self.missing:
            return Verdict.SAMPLE, 0, 1
        read, column = divmod(self.conversions, self._columns)
        expected = {
            Verdict.ROW_DRIVE: _number(self._feed.drives[read]),
            Verdict.WORD_LINES: _number(self._feed.word_lines[0]),
            Verdict.COLUMN_SELECT: 1 << column,
        }
        for verdict, value in expected.items():
            seen = int(self._pins[verdict.name.lower()].value)
            if seen != value:
                return verdict, value, seen
        self.conversions += 1
        if "compare" not in self._pins:
            self._ask(cycle)
        return None

    def take_trials(self, cycle):
        """Look at the trials of a SAR; return what is wrong with them, as above."""
        if "compare" not in self._high:
            return None
        trials = [] if self._feed is None else self._feed.trials
        expected = _number(trials[self._asked]) if self._asked < len(trials) else 0
        seen = int(self._pins["trials"].value)
        if seen != expected or not expected:
            return Verdict.TRIALS, expected, seen
        self._ask(cycle)
        return None

    def _ask(self, cycle):
        self._asked += 1
        self._due_cycle = cycle + self._delay


def _number(words):
    """Return the number that a row of 32-bit words holds, the first lowest."""
    return int.from_bytes(words.astype("<u4").tobytes(), "little")
