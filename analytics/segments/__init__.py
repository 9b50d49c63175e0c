"""Where it is worse: segments of traffic whose outcome is worse than that of like traffic."""
