"""A second version beside the one that answers, and what is concluded of it."""
