"""Comparing prompt versions and models: differences, like with like, and verdicts that may be asked for at any time."""
