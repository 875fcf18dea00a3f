"""What answers a request: predictions, and labels that come later."""
