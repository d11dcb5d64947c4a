"""A network on a tile: every step in order, its macros on an engine, all else exact."""
