"""The scoring module run and held against what the notebook itself computed."""
