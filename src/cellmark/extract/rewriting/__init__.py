"""One statement of the author's for scoring: what its training rows gave stands frozen in it."""
