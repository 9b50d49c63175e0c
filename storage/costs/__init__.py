"""What calls cost: calls and their prices, rollups by the hour, re-costing, and the questions asked of them."""
