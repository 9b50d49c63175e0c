"""How often answers are not supported: by our own model, by judges and by people, and how far these agree."""
