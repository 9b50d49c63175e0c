"""The causes of failure, in the order in which they are decided: the first that fits is the cause, others are tags.

What went wrong outside comes first, what can be seen in the answer next, what is only a symptom last.
"""

from dataclasses import dataclass
from typing import Final

from storage.failures import JudgedRule, Rules


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause of failure, in words for people."""

    name: str
    title: str
    meaning: str


CAUSES: Final = (
    Cause("rate_limit", "Rate limit", "Too many requests, or a used-up quota, and nothing answered after it."),
    Cause("auth", "Not allowed", "A key or its rights were refused, and nothing answered after it."),
    Cause("timeout", "Timeout", "A model did not answer in time, and nothing answered after it."),
    Cause("context_overflow", "Context overflow", "A request was longer than the model takes, and nothing answered."),
    Cause("content_filter", "Content filter", "The provider's filter refused the request or cut off the answer."),
    Cause("provider_error", "Provider error", "A model call failed in another way, and nothing answered after it."),
    Cause("tool_error", "Tool error", "A tool failed, and did not work later in the trace."),
    Cause("app_error", "Application error", "The trace ended in an error that no call of a model or tool explains."),
    Cause("tool_loop", "Tool loop", "The same tool ran three times or more with the same arguments."),
    Cause("empty", "Empty answer", "The last answer has no text."),
    Cause("truncated", "Truncated", "The last answer ended at the length limit."),
    Cause("invalid_json", "Broken JSON", "JSON was asked for, and the answer is none or lacks required members."),
    Cause("prompt_injection", "Prompt injection", "A text of the trace attacks the prompt."),
    Cause("prompt_leak", "Prompt leaked", "The answer repeats the system prompt."),
    Cause("secrets", "Secrets", "A text of the trace holds a key or password."),
    Cause("pii", "Personal data", "A text of the trace holds personal data."),
    Cause("refusal", "Refusal", "The model refused to answer."),
    Cause("no_answer", "No answer", "The answer says that it does not know."),
    Cause("unsupported", "Unsupported", "What was retrieved does not support the answer."),
    Cause("repeated", "Repeats itself", "Over half of the answer's runs of four words are repeats."),
    Cause("wrong_language", "Wrong language", "The answer is in another language than the question."),
    Cause("off_topic", "Off topic", "An evaluation says that the answer is off topic."),
    Cause("too_short", "Too short", "The answer is less than half as long as 95 % of the answers of its feature."),
    Cause("user_corrected", "User corrected", "The user says that it is wrong, in the next turn or as feedback."),
    Cause("escalated", "Escalated", "A person had to take over."),
)  # fmt: skip

BY_NAME: Final = {cause.name: cause for cause in CAUSES}

_ORDER: Final = tuple(cause.name for cause in CAUSES)
_FOUND: Final = ("found", "none")
_GROUNDED: Final = (
    "supported",
    "unsupported",
    "no_answer",
    "no_contexts",
    "no_claims",
    "other_language",
)
_HALF: Final = 0.5

_DETECTED: Final = ("prompt_injection", "prompt_leak", "secrets", "pii", "refusal", "off_topic")
"""Evaluations that are a failure where they are found; each is a cause of its own."""


def _detected(name: str) -> tuple[JudgedRule, ...]:
    """Return when a text is found: by its label, which is the project's threshold's; without one, from half on."""
    return (
        JudgedRule(name, name, label="found"),
        JudgedRule(name, name, above=_HALF, settled=(*_FOUND, "no_answer")),
    )


RULES: Final = Rules(
    _ORDER,
    (
        *(rule for name in _DETECTED for rule in _detected(name)),
        JudgedRule("unsupported", "groundedness", label="unsupported"),
        JudgedRule("unsupported", "groundedness", below=_HALF, settled=_GROUNDED),
        JudgedRule("no_answer", "refusal", label="no_answer"),
        JudgedRule("no_answer", "groundedness", label="no_answer"),
        JudgedRule("user_corrected", "correction", label="*"),
        JudgedRule("escalated", "escalation", above=_HALF),
    ),
)
"""What evaluations say went wrong. Labels are those that a project's thresholds make of scores, see
`storage.evaluators.thresholds`."""
