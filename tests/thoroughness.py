"""How often tests of chance try: a few times in `make test`, as often as is claimed in `make test-thorough`."""

import os
from typing import Final

THOROUGH: Final = bool(os.environ.get("GROUNDWIRE_TEST_THOROUGH"))


def times(usual: int, thorough: int) -> int:
    """Return how often to try: kills at random moments, histories by seed."""
    return thorough if THOROUGH else usual
