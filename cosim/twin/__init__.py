"""What the macro in RTL does, computed without a clock: results, cycles and toggles."""
