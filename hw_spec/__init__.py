"""The contract that the digital and the analog side share: sizes, formats, layouts, timing."""
