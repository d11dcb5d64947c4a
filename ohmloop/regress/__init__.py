"""Networks on chips, again and again: the results must stay those that are recorded."""
