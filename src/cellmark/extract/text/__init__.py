"""What the author's text says by its syntax alone: names, places, pieces of it."""
