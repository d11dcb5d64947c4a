"""The network, hardware-blind: data, quantisation, placement on a macro, exact integer result."""
