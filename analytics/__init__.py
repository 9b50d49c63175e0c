"""Jobs over stored spans: cost, groundedness, quality, topics, drift, alerts."""
