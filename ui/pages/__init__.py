"""The pages, and the list of them."""
