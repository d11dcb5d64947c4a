"""The physics: devices, crossbar, converters. Knows no simulator."""
