"""Commands of `groundwire` beside those that start a server."""
