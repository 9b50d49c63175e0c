"""`python -m server` is `groundwire`."""

from server.cli import main

main()
