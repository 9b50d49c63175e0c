"""How the groundedness model is trained: `python -m training.groundedness --help`."""
