"""The shapes of re-costing, as they are sent and taken."""

from typing import Final, Literal

from pydantic import ConfigDict, Field

from server.api.job_models import JobOut, JobRange

Source = Literal["prices", "spans"]
"""What is worked out anew: what calls cost, or also which spans are calls and what they used."""

_SOURCE: Final = "from"
_SOURCE_DOC: Final = (
    "`prices`: what the calls cost, at the prices of now. `spans`: also which calls count and what they "
    "used, from the spans as they were stored."
)


class NewRecost(JobRange):
    """Which calls are to be costed anew: those that started in a range of time."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    source: Source = Field(default="prices", alias=_SOURCE, description=_SOURCE_DOC)

    def arguments(self) -> dict[str, str]:
        """Return what the job is given. Raises BadInput as `JobRange.stored`."""
        return {**self.stored(), _SOURCE: self.source}


class RecostOut(JobOut):
    """A re-costing. Its figures are seen all at once, when it is done; until then everybody sees the old ones."""

    model_config = ConfigDict(populate_by_name=True)

    source: Source = Field(alias=_SOURCE)
