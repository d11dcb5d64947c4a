"""What `ohmloop bench` measures."""
