"""The version of this distribution."""

from importlib.metadata import PackageNotFoundError, version
from typing import Final


def _version() -> str:
    try:
        return version("groundwire")
    except PackageNotFoundError:  # run from a source tree
        return "0"


__version__: Final = _version()
VERSION: Final = __version__
