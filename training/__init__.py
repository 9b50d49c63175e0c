"""Scripts that train what the product ships. Run by hand; the product imports none of it."""
