"""The rules of `cellmark check`: a parsed notebook in, findings out. Nothing is run or imported."""
