"""Which model answers, what it is asked about, and what the notebook makes of its answers."""
