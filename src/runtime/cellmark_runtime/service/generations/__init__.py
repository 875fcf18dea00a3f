"""Which version answers: loaded, proven, exchanged when an alias moves."""
