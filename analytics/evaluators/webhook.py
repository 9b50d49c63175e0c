"""An evaluator that runs elsewhere: samples are posted to a URL as JSON, and its verdicts come back.

Requests are signed as Standard Webhooks says (https://www.standardwebhooks.com, symmetric signatures `v1`): HMAC-SHA256
over `webhook-id.webhook-timestamp.body`. An attempt that is made again has the same `webhook-id`.
"""

import base64
import binascii
import hashlib
import hmac
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import httpx2
import orjson

from analytics.evaluators import settings
from analytics.evaluators.asking import PATIENCE, Patience, ask
from analytics.evaluators.contract import EvaluationFailed, Reads, Sample, Verdict
from analytics.evaluators.outbound import Destination, Network, destination
from analytics.evaluators.verdict_json import MalformedVerdict, read_verdict

MOST_SAMPLES: Final = 50
"""In one request."""
MOST_BYTES: Final = 4 * 1024 * 1024
"""Characters of texts in one request, from which on no further sample is added."""
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what secrets begin with
_LEAST_SECRET: Final = 24
"""Bytes that Standard Webhooks asks of a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An evaluator behind a URL."""

    name: str
    url: str
    secret: str = field(repr=False)
    """`whsec_` and at least 24 bytes in base64."""
    version: str = "1"
    reads: Sequence[Reads] = ("answer",)
    networks: Sequence[Network] = field(default_factory=settings.webhook_networks)
    """Beside public addresses: those that the operator allows to be called."""
    patience: Patience = PATIENCE

    def evaluate(self, samples: Sequence[Sample]) -> list[Verdict]:
        """Return the verdicts of the server, asked for a few samples at a time. Raises EvaluationFailed."""
        key = key_of(self.secret)
        # A proxy of the environment would resolve names by itself; its certificates are the operator's.
        trusted = httpx2.create_ssl_context(trust_env=True)
        with httpx2.Client(trust_env=False, verify=trusted) as client:
            return [
                verdict
                for batch in _batches(samples)
                for verdict in self._judge(batch, client, key)
            ]

    def _judge(self, samples: Sequence[Sample], client: httpx2.Client, key: bytes) -> list[Verdict]:
        target = destination(self.url, self.networks)
        who = f"the webhook {self.name} at {target.authority}"
        body = orjson.dumps(
            {
                "evaluator": self.name,
                "version": self.version,
                "samples": [asdict(sample) for sample in samples],
            },
            default=str,
            option=orjson.OPT_SERIALIZE_NUMPY,
        )
        message = f"msg_{uuid.uuid4().hex}"

        def request(attempt: int) -> httpx2.Request:
            headers = signed(message, int(time.time()), body, key)
            return self._request(target, attempt, body, headers)

        return _verdicts(ask(client, request, who, self.patience), samples, who)

    def _request(
        self, target: Destination, attempt: int, body: bytes, headers: Mapping[str, str]
    ) -> httpx2.Request:
        """Return a request to the address that was checked; each attempt takes the next one of the name."""
        address = target.addresses[attempt % len(target.addresses)]
        url = httpx2.URL(self.url).copy_with(host=str(address), port=target.port)
        return httpx2.Request(
            "POST",
            url,
            content=body,
            headers={
                **headers,
                "host": target.authority,
                "content-type": "application/json",
                "user-agent": "groundwire",
            },
            # The certificate must be the name's, not the address's.
            extensions={"sni_hostname": target.host},
        )


def key_of(secret: str) -> bytes:
    """Return the key that a secret stands for. Raises EvaluationFailed for one that is too short or not written so."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(SECRET_PREFIX) or len(key) < _LEAST_SECRET:
        raise EvaluationFailed(
            f"the secret of a webhook is {SECRET_PREFIX} and at least {_LEAST_SECRET} random bytes in base64"
        )
    return key


def signed(message: str, timestamp: int, body: bytes, key: bytes) -> dict[str, str]:
    """Return the headers that prove who sent a body, and when."""
    content = b".".join((message.encode(), str(timestamp).encode(), body))
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }


def _batches(samples: Sequence[Sample]) -> Iterator[Sequence[Sample]]:
    """Yield samples in groups that fit a request; a sample that is too large alone has one for itself."""
    batch: list[Sample] = []
    size = 0
    for sample in samples:
        length = sum(map(len, (sample.question, sample.answer, sample.text, *sample.contexts)))
        if batch and (len(batch) == MOST_SAMPLES or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(sample)
        size += length
    if batch:
        yield batch


def _verdicts(said: Any, samples: Sequence[Sample], who: str) -> list[Verdict]:
    """Return the verdicts of an answer, in the order of the samples. Raises EvaluationFailed for another form."""
    verdicts = said.get("verdicts") if isinstance(said, dict) else None
    if not isinstance(verdicts, list) or len(verdicts) != len(samples):
        raise EvaluationFailed(
            f"{who} has to answer {len(samples)} `verdicts`, one a sample, in order"
        )
    try:
        return [
            read_verdict(verdict, sample, f"verdicts[{i}]")
            for i, (verdict, sample) in enumerate(zip(verdicts, samples, strict=True))
        ]
    except MalformedVerdict as error:
        raise EvaluationFailed(f"{who}: {error}") from error
