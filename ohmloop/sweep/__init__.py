"""Sweeps: one network on many chips, to see what each choice costs."""
