"""Cocotb benches; they run inside the simulator."""
