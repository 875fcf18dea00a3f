"""What replies have in common: whose they are, their ids and traces, how faults are told."""
