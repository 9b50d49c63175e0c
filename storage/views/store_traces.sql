SELECT * EXCEPT (calls, servings) FROM settled_traces
