"""Run evaluators over stored traces: which are due, what they read, what they say, exactly once a version."""
