"""A language model that judges groundedness, behind any endpoint that speaks OpenAI's chat completions.

It gives each sentence of an answer a probability that the contexts support it, and quotes what decides. The quote is
looked up: evidence is shown only where a context really has it, and a sentence that is called supported without any
quote that is there counts as unproven. An answer is as well supported as its worst sentence.

Nothing calls out unless an endpoint was configured.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import orjson

from analytics.evaluators.asking import Patience, Refused, ask
from analytics.evaluators.contract import EvaluationFailed, Reads, Sample, Verdict
from analytics.evaluators.judge_answer import READING, read_answer, verdict_of_sentences
from analytics.evaluators.judge_price import Price, cost_usd
from analytics.evaluators.judge_prompt import SCHEMA, messages, prompt_version
from analytics.groundedness.sentences import sentences

NAME: Final = "groundedness_judge"
MOST_SENTENCES: Final = 80
MOST_CHARACTERS: Final = 200_000
"""Of contexts, question and answer: about 50,000 tokens, which most models can read."""
_TRIES: Final = 2
"""How often a model is asked that does not answer in the form asked for."""
_AT_ONCE: Final = 4
"""Requests under way at a time."""
_MOST_KEPT: Final = 10_000
PATIENCE: Final = Patience(timeout_s=120.0, deadline_s=300.0)
"""Models may think for a minute."""


_ABOUT_TEXTS: Final = frozenset({
    "content_filter", "content_policy_violation", "context_length_exceeded", "invalid_prompt",
    "string_above_max_length",
})  # fmt: skip
"""Errors that are about one sample's texts: the next sample may be judged all the same."""
_HELD: Final[Mapping[str, Any]] = {
    "temperature": 0,
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "verdicts", "strict": True, "schema": SCHEMA},
    },
}
"""Asks the server to hold the model to the form, and to say the same twice."""


class _State:
    """What a judge remembers between requests."""

    def __init__(self) -> None:
        self._verdicts: dict[bytes, Verdict] = {}
        self.is_plain = False
        """Whether the endpoint knows nothing but model and messages."""

    def verdict(self, key: bytes) -> Verdict | None:
        """Return what was judged of these texts in a batch that failed later."""
        return self._verdicts.get(key)

    def keep(self, key: bytes, verdict: Verdict) -> Verdict:
        """Keep a verdict until its batch is done."""
        if len(self._verdicts) >= _MOST_KEPT:
            self.forget()
        self._verdicts[key] = verdict
        return verdict

    def forget(self) -> None:
        """Forget verdicts: their batch is done."""
        self._verdicts.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A judge model at an endpoint."""

    url: str
    """Up to and with `/v1`: https://api.openai.com/v1."""
    model: str
    key: str = field(default="", repr=False)
    price: Price | None = None
    """None: the list price, where the model has one."""
    patience: Patience = PATIENCE
    name: str = NAME
    reads: Sequence[Reads] = ("answer",)
    _state: _State = field(default_factory=_State, repr=False, compare=False)

    @property
    def version(self) -> str:
        """Of the model, the prompt and how answers are read."""
        return prompt_version(self.model, READING)

    def evaluate(self, samples: Sequence[Sample]) -> list[Verdict]:
        """Return verdicts with a claim a sentence. Raises EvaluationFailed where the endpoint does not answer.

        What was paid for before the endpoint failed is not asked for again when the same samples come once more.
        """
        with (
            httpx2.Client() as client,
            ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="judge") as pool,
        ):
            asked = [pool.submit(self._kept, sample, client) for sample in samples]
            try:
                verdicts = [verdict.result() for verdict in asked]
            except EvaluationFailed:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        self._state.forget()
        return verdicts

    def _kept(self, sample: Sample, client: httpx2.Client) -> Verdict:
        key = _key(sample)
        known = self._state.verdict(key)
        return known or self._state.keep(key, self._judge(sample, client))

    def _judge(self, sample: Sample, client: httpx2.Client) -> Verdict:
        spans = sentences(sample.answer)
        if not spans:
            return Verdict(label="no_answer", explanation="There is no answer to judge.")
        if not any(context.strip() for context in sample.contexts):
            return Verdict(label="no_contexts", explanation="Nothing was retrieved to judge by.")
        if len(spans) > MOST_SENTENCES or _length(sample) > MOST_CHARACTERS:
            return Verdict(
                label="too_long", explanation="There is more text than a judge is given."
            )
        parts = [sample.answer[start:end] for start, end in spans]
        cost = 0.0
        for _ in range(_TRIES):
            try:
                said = self._ask(client, sample, parts)
            except Refused as error:
                if error.code not in _ABOUT_TEXTS:
                    raise
                why = f"The endpoint does not take these texts: {error.code}."
                return Verdict(label="no_verdict", explanation=why, cost_usd=cost)
            cost += cost_usd(said.get("usage"), self.model, self.price)
            given = read_answer(said, len(spans))
            if given is not None:
                details = {"judge": self.model, "sentences": len(spans)}
                return replace(
                    verdict_of_sentences(sample, spans, given), details=details, cost_usd=cost
                )
        return Verdict(
            label="no_verdict",
            explanation="The judge did not answer in the form asked for.",
            cost_usd=cost,
        )

    def _ask(
        self, client: httpx2.Client, sample: Sample, parts: Sequence[str]
    ) -> Mapping[str, Any]:
        who = f"the judge at {urlsplit(self.url).hostname}"
        body = {
            "model": self.model,
            "messages": messages(sample, parts, secrets.token_hex(8)),
        }
        is_plain = self._state.is_plain
        try:
            said = self._send(client, body if is_plain else {**body, **_HELD}, who)
        except Refused as error:
            # Some servers and models know no schema, or no temperature.
            if is_plain or error.status not in (400, 422) or error.code in _ABOUT_TEXTS:
                raise
            said = self._send(client, body, who)
            self._state.is_plain = True
        if not isinstance(said, dict):
            raise EvaluationFailed(f"{who} answers no chat completion")
        return said

    def _send(self, client: httpx2.Client, body: Mapping[str, Any], who: str) -> Any:
        content = orjson.dumps(body)
        headers = {"content-type": "application/json", "user-agent": "groundwire"}
        if self.key:
            headers["authorization"] = f"Bearer {self.key}"
        url = f"{self.url.rstrip('/')}/chat/completions"
        return ask(
            client,
            lambda _: httpx2.Request("POST", url, content=content, headers=headers),
            who,
            self.patience,
        )


def _length(sample: Sample) -> int:
    return sum(map(len, (sample.question, sample.answer, *sample.contexts)))


def _key(sample: Sample) -> bytes:
    texts = [sample.question, sample.answer, *sample.contexts]
    return hashlib.sha256(orjson.dumps(texts)).digest()
