"""What the host processor runs."""
