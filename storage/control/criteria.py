"""What an annotation queue asks about each item: criteria, and which answers they take."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

from storage.control.checks import checked_name
from storage.errors import BadInput

Kind = Literal["boolean", "category", "number"]
Value = bool | str | float

MAX_CRITERIA: Final = 20
"""Of a queue: more than a person can keep in mind for an item."""
MAX_LABELS: Final = 20
MAX_NAME: Final = 100
"""Characters of a criterion's name and of a label."""
MAX_TEXT: Final = 2_000
"""Characters of a description."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One question about an item. Its answers are evaluations of that name."""

    name: str
    kind: Kind
    labels: tuple[str, ...] = ()
    """What a category is chosen from, in order."""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    """What lies between two neighbouring numbers; None: any number within the ends."""
    description: str = ""
    """What the annotator should go by."""
    required: bool = True

    def checked(self) -> "Criterion":
        """Return the criterion, its texts trimmed. Raises BadInput for one that cannot be asked."""
        name = checked_name(self.name, most=MAX_NAME, what="name of a criterion")
        if not name:
            raise BadInput(
                "a criterion needs a name", hint=f"1 to {MAX_NAME} characters, such as `faithful`"
            )
        if len(self.description) > MAX_TEXT:
            raise BadInput(
                f"the description of {name} is too long", hint=f"at most {MAX_TEXT} characters"
            )
        labels = tuple(checked_name(label, most=MAX_NAME, what="label") for label in self.labels)
        if self.kind == "category":
            _check_labels(name, labels)
        if self.kind == "number":
            self._check_scale(name)
        return Criterion(
            name=name,
            kind=self.kind,
            labels=labels if self.kind == "category" else (),
            minimum=self.minimum if self.kind == "number" else None,
            maximum=self.maximum if self.kind == "number" else None,
            step=self.step if self.kind == "number" else None,
            description=self.description.strip(),
            required=self.required,
        )

    def _check_scale(self, name: str) -> None:
        low, high, step = self.minimum, self.maximum, self.step
        if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
            raise BadInput(f"{name} has no ends", hint="give a number its minimum and maximum")
        if low >= high:
            raise BadInput(
                f"{name} ends at {high:g}, before it begins at {low:g}", hint="swap them"
            )
        if step is not None and not 0 < step <= high - low:
            raise BadInput(
                f"{name} cannot go in steps of {step:g}", hint=f"above 0, at most {high - low:g}"
            )

    def accepted(self, value: Value) -> Value:
        """Return an answer as it is kept. Raises BadInput for one that the criterion does not take."""
        if self.kind == "boolean":
            if isinstance(value, bool):
                return value
            raise BadInput(f"{self.name} is {value!r}", hint="it is either true or false")
        if self.kind == "category":
            if isinstance(value, str) and value in self.labels:
                return value
            raise BadInput(
                f"{self.name} is {value!r}", hint=f"it is one of {', '.join(self.labels)}"
            )
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadInput(f"{self.name} is {value!r}", hint="it is a number")
        return self._on_scale(float(value))

    def _on_scale(self, value: float) -> float:
        low, high = self.minimum, self.maximum
        assert low is not None  # noqa: S101 - checked() refuses a number without ends
        assert high is not None  # noqa: S101 - as above
        if not low <= value <= high:
            raise BadInput(f"{self.name} is {value:g}", hint=f"it is from {low:g} to {high:g}")
        if self.step is None:
            return value
        steps = (value - low) / self.step
        if abs(steps - round(steps)) > 1e-6:
            raise BadInput(
                f"{self.name} is {value:g}", hint=f"it goes in steps of {self.step:g} from {low:g}"
            )
        return value


def _check_labels(name: str, labels: Sequence[str]) -> None:
    if not 2 <= len(labels) <= MAX_LABELS:
        raise BadInput(
            f"{name} has {len(labels)} labels", hint=f"a category has 2 to {MAX_LABELS} of them"
        )
    if not all(labels):
        raise BadInput(f"a label of {name} is empty", hint=f"1 to {MAX_NAME} characters")
    if len(set(labels)) < len(labels):
        raise BadInput(f"{name} has the same label twice", hint="name each label once")


def checked(criteria: Sequence[Criterion]) -> list[Criterion]:
    """Return criteria as a queue keeps them. Raises BadInput."""
    if not 1 <= len(criteria) <= MAX_CRITERIA:
        raise BadInput(
            f"a queue of {len(criteria)} criteria", hint=f"1 to {MAX_CRITERIA} are possible"
        )
    found = [criterion.checked() for criterion in criteria]
    names = [criterion.name for criterion in found]
    if len(set(names)) < len(names):
        raise BadInput("two criteria have the same name", hint="name each criterion once")
    return found


def to_json(criteria: Sequence[Criterion]) -> list[dict[str, Any]]:
    """Return criteria as the control database keeps them; `from_json` is the inverse."""
    return [asdict(criterion) | {"labels": list(criterion.labels)} for criterion in criteria]


def from_json(kept: Sequence[Mapping[str, Any]]) -> list[Criterion]:
    """Return criteria from what the control database keeps."""
    return [Criterion(**{**values, "labels": tuple(values["labels"])}) for values in kept]


KINDS: Final[tuple[str, ...]] = get_args(Kind)
