"""Why traces failed: one cause each, ranked by how many and what they cost."""
