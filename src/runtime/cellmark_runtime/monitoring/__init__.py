"""What a model meets in service, counted against what it was trained on."""
