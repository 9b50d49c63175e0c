"""Benchmarks, run by hand. Each prints ratios of things measured in turns within one run, and says how."""
