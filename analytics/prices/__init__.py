"""What a call to a model costs: list prices of the providers, and a project's own prices over them."""
