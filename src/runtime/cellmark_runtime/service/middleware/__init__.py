"""What stands around every route: the log of requests, tokens, whose answer it is."""
