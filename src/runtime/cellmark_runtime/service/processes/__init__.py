"""The processes that answer: one, or several that share an address."""
