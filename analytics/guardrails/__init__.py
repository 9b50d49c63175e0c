"""Guardrails: how often they trip, how that changed, and which attacks they found, a wave of like texts as one."""
