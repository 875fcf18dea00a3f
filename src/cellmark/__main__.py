"""`python -m cellmark`."""

from cellmark.cli import main

main()
