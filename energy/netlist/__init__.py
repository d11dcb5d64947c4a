"""Gate-level netlists of generated designs, and what every register of the design became there."""
