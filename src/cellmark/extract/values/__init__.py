"""What a variable holds: its kind, its content's digest, a copy of it, how far two are apart."""
