"""SQL of what came of a guardrail's check, in one vocabulary, whichever words an emitter has for it.

Several words may tell of one check: a verdict, what was done, how much was masked. The worst of them counts, by
`storage.conventions.VERDICT_RANKS`. Where none is there, the answer of the check or how its span ended says it:

- LiteLLM: `litellm.guardrail.status` and `.action`; masking passes with `success`, and the number masked tells of it.
- Traceloop: `gen_ai.guardrail.status`; a guard that raised says FAILED too, beside `gen_ai.guardrail.error.type`.
- OpenTelemetry's proposal: `gen_ai.guardrail.verdict.type` and `.action.type`.
- OpenLIT: `guard.*`, on the span or in events of the model call's span.
- Bedrock: the finish reason of the call that names a guardrail, or `action` of the guardrail's own answer.
- OpenInference: a span of kind GUARDRAIL, or a validator's, whose output is a word; one that ended in an error broke,
  unless the error is how the library says no.
"""

from typing import Final

from storage.conventions import ACTION_VERDICTS, ACTIONS, VERDICT_RANKS, VERDICTS

RANK: Final = {verdict: rank for rank, verdict in enumerate(VERDICT_RANKS, start=1)}
VERDICT_WORDS: Final = {word: RANK[verdict] for word, verdict in VERDICTS.items()}
ACTION_WORDS: Final = {word: RANK[ACTION_VERDICTS[action]] for word, action in ACTIONS.items()}

_SAYS_NO: Final = "(ValidationError|TripwireTriggered|GuardDeniedError)$"
"""Errors by which Guardrails AI, the OpenAI Agents SDK and OpenLIT stop what they refuse."""

_SAID: Final = (
    "greatest(transform(verdict_key, ${verdict_names}, ${verdict_ranks}, 0), "
    "transform(action_key, ${action_names}, ${action_ranks}, 0), "
    "transform(lower(guard_event['guard.action']), ${action_names}, ${action_ranks}, 0), "
    f"has_masked * {RANK['modified']})"
)
_ANSWER: Final = (
    "greatest("
    "transform(lower(trim(BOTH '\" ' FROM substring(output_text, 1, 32))), ${verdict_names}, ${verdict_ranks}, 0), "
    "transform(lower(JSONExtractString(if(guardrail_response != '', guardrail_response, output_text), 'action')), "
    "${action_names}, ${action_ranks}, 0))"
)
_ENDED: Final = (
    f"if(status_code = 2, if(match(exception['exception.type'], '{_SAYS_NO}'), {RANK['fail']}, "
    f"{RANK['error']}), 0)"
)
_VERDICT: Final = (
    "transform(multiIf("
    "guardrail_error != '', %(error)d, "
    f"{_SAID} > 0, {_SAID}, "
    "is_intervened, %(fail)d, "
    "operation = 'guardrail', "
    f"if({_ANSWER} > 0, {_ANSWER}, {_ENDED}), "
    # a call that went through a guardrail and ended well has passed it
    "bedrock_guardrail != '' AND status_code != 2, %(pass)d, "
    "0), ${verdict_order}, ${verdict_words}, '')"
) % RANK

_NAME: Final = (
    "multiIf(reported_guardrail_name != '', reported_guardrail_name, "
    "guard_event['guard.name'] != '', guard_event['guard.name'], "
    "bedrock_guardrail != '', bedrock_guardrail, "
    "is_intervened, 'bedrock', "
    "operation = 'guardrail', name, '')"
)
_ACTION: Final = (
    "transform(arrayFirst(x -> x != '', [action_key, lower(guard_event['guard.action']), if(has_masked, 'mask', ''), "
    "if(is_intervened, 'block', ''), verdict_key]), ${action_names}, ${actions}, action_key)"
)


def rules(words: dict[str, str]) -> dict[str, str]:
    """Return SQL of a check's name, verdict and action; `words` fills in the vocabularies, as SQL."""

    def filled(rule: str) -> str:
        for name, value in words.items():
            rule = rule.replace(f"${{{name}}}", value)
        return rule

    return {
        "guardrail_name_rule": _NAME,
        "guardrail_verdict_rule": filled(_VERDICT),
        "guardrail_action_rule": filled(_ACTION),
    }
