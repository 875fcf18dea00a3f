"""Plan -> rendered text files -> locked, signed, written at once."""
