"""Detectors: evaluators that read single texts and say whether they hold what a guardrail looks for.

Each is made by a function of its name; `plugged` makes others of models of the user's. What they
find, how well, and what they do not cover is in docs/reference/detectors.md.
"""

from analytics.detectors.credentials import secrets
from analytics.detectors.injections import prompt_injection
from analytics.detectors.leaks import prompt_leak
from analytics.detectors.personal_data import pii
from analytics.detectors.refusals import refusal

__all__ = ["pii", "prompt_injection", "prompt_leak", "refusal", "secrets"]
