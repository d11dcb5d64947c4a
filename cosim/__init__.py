"""Where physics and pins meet: tool chain, build cache, engines, activity."""
