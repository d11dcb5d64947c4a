"""The compiled loop: one Verilated macro in a shared library, a whole batch per call."""
