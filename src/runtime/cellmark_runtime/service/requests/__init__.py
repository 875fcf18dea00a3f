"""A request's way in: its place in the line, its body, the rows or labels in it."""
