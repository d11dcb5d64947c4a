"""Power and timing of netlists, by the conventions of OpenSTA, so that anyone can check them."""
