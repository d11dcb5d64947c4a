"""The digital periphery as Amaranth components, and its emission as Verilog."""
