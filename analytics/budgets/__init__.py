"""Budgets: what was spent of them, what will be, and whether a call may still be made."""
