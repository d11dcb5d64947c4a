"""Toggles of every register of a tile, computed without a clock.

While a program runs, the registers of a tile go through values that follow from what moved in each
step and from the timing the contract promises. Registers hold from image to image; what the host
changes in between is not counted.
"""
