"""Results beside those of NeuroSim, and beside those of its ways to save traces."""
