"""Joules from counted activity and flowing currents."""
