"""An evaluator behind a URL, against a server that answers as servers do."""

import base64
import hashlib
import hmac
import json
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from analytics.evaluators import EvaluationFailed, Evaluator, Sample
from analytics.evaluators.outbound import networks
from analytics.evaluators.webhook import MOST_SAMPLES, Webhook
from tests.analytics.evaluators.stand_in import QUICK, Answer, Asked, StandIn, standing_in

KEY = secrets.token_bytes(24)
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
HERE = networks("127.0.0.0/8,::1/128")
SAMPLE = Sample(
    id="s1", question="q?", contexts=("It is 42.",), answer="It is 42.", facts={"model": "m"}
)


def judged(asked: Asked) -> Answer:
    """Answer a score for each sample: the length of its answer in percent."""
    return Answer({"verdicts": [{"score": len(s["answer"]) / 100} for s in asked.json["samples"]]})


@contextmanager
def webhook(answer: Callable[[Asked], Answer]) -> Iterator[tuple[Webhook, StandIn]]:
    """Run a server, with the evaluator that asks it."""
    with standing_in(answer) as here:
        yield (
            Webhook(
                name="tone",
                url=f"{here.url}/judge?v=1",
                secret=SECRET,
                networks=HERE,
                patience=QUICK,
            ),
            here,
        )


def test_samples_go_out_and_verdicts_come_back() -> None:
    """The server gets all that is known of a sample and gives back all that a verdict holds."""
    said = {
        "score": 0.25, "label": "rude", "explanation": "It shouts.", "cost_usd": 0.001, "details": {"words": 3},
        "claims": [{"text": "It is 42.", "start": 0, "end": 9, "score": 0.2, "conflicts": ["number 42"],
                    "evidence": {"context": 0, "start": 3, "end": 8}}],
    }  # fmt: skip
    with webhook(lambda _: Answer({"verdicts": [said]})) as (tone, here):
        (verdict,) = tone.evaluate([SAMPLE])

    assert isinstance(tone, Evaluator)
    assert (verdict.score, verdict.label, verdict.explanation) == (0.25, "rude", "It shouts.")
    assert (verdict.cost_usd, verdict.details) == (0.001, {"words": 3})
    assert verdict.claims[0].evidence is not None
    assert verdict.claims[0].conflicts == ["number 42"]
    assert here.asked[0].path == "/judge?v=1"
    assert here.asked[0].headers["host"] == f"127.0.0.1:{here.port}"
    assert here.asked[0].json == {
        "evaluator": "tone",
        "version": "1",
        "samples": [
            {"id": "s1", "question": "q?", "contexts": ["It is 42."], "answer": "It is 42.", "text": "",
             "facts": {"model": "m"}}
        ],
    }  # fmt: skip


def test_requests_are_signed() -> None:
    """The signature is that of Standard Webhooks: HMAC-SHA256 of id, time and body, by the secret."""
    with webhook(judged) as (tone, here):
        tone.evaluate([SAMPLE])

    (asked,) = here.asked
    content = (
        f"{asked.headers['webhook-id']}.{asked.headers['webhook-timestamp']}.".encode() + asked.body
    )
    expected = base64.b64encode(hmac.new(KEY, content, hashlib.sha256).digest()).decode()
    assert asked.headers["webhook-signature"] == f"v1,{expected}"
    assert SECRET not in repr(tone)


def test_many_samples_go_in_several_requests() -> None:
    """Samples are sent a few at a time, and their verdicts come back in order."""
    samples = [
        replace(SAMPLE, id=str(i), answer="x" * (i % 100)) for i in range(2 * MOST_SAMPLES + 1)
    ]
    with webhook(judged) as (tone, here):
        verdicts = tone.evaluate(samples)

    assert [verdict.score for verdict in verdicts] == [(i % 100) / 100 for i in range(101)]
    assert [len(asked.json["samples"]) for asked in here.asked] == [MOST_SAMPLES, MOST_SAMPLES, 1]


def test_large_samples_go_alone() -> None:
    """Samples whose texts fill a request are sent one by one."""
    samples = [replace(SAMPLE, contexts=("x" * 3_000_000,)) for _ in range(2)]
    with webhook(judged) as (tone, here):
        tone.evaluate(samples)

    assert [len(asked.json["samples"]) for asked in here.asked] == [1, 1]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_busy_server_is_asked_again(status: int) -> None:
    """After 5xx and 429 the same request is sent again under the same id, however long the server asks to wait."""
    turns = iter([Answer(status=status, headers={"retry-after": "3600"}), Answer(status=status)])
    with webhook(lambda asked: next(turns, None) or judged(asked)) as (tone, here):
        (verdict,) = tone.evaluate([SAMPLE])

    assert verdict.score == 0.09
    assert len(here.asked) == 3
    assert len({asked.headers["webhook-id"] for asked in here.asked}) == 1


def failing(answer: Answer, samples: int = 1) -> tuple[str, int]:
    """Return what is said when a server answers so, and how often it was asked."""
    with webhook(lambda _: answer) as (tone, here):
        with pytest.raises(EvaluationFailed) as failed:
            tone.evaluate([SAMPLE] * samples)
        port = f":{here.port}"
    return str(failed.value).replace(port, ""), len(here.asked)


@pytest.mark.parametrize(
    ("answer", "said", "times"),
    [
        (Answer(status=500), "answers 500, asked 3 times", 3),
        (Answer({"error": {"code": "no_such_check"}}, 404), "answers 404 (no_such_check)", 1),
        (Answer({"error": "the text was: It is 42."}, 400), "answers 400", 1),
        (Answer(status=302, headers={"location": "http://10.0.0.1/"}), "sends elsewhere (302)", 1),
        (Answer(b"<html>It is 42."), "answers no JSON", 1),
        (Answer([1]), "has to answer 1 `verdicts`, one a sample, in order", 1),
        (Answer({"verdicts": []}), "has to answer 1 `verdicts`, one a sample, in order", 1),
        (Answer(b'"' + b"x" * 9_000_000 + b'"'), "answers more than 8,388,608 bytes", 1),
    ],
)
def test_what_goes_wrong_is_said_without_texts(answer: Answer, said: str, times: int) -> None:
    """An error tells the server and what it did; what it repeats of the texts is left out. Only 5xx is tried again."""
    text, asked = failing(answer)

    assert text == f"the webhook tone at 127.0.0.1 {said}" + (
        ": give its address" if "302" in said else ""
    )
    assert asked == times


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (5, "verdicts[0] is no object"),
        ({"score": 1.5}, "verdicts[0].score is no number from 0 to 1"),
        ({"score": "high"}, "verdicts[0].score is no number from 0 to 1"),
        ({"label": "x" * 201}, "verdicts[0].label is no text of at most 200 characters"),
        ({"explanation": None}, "verdicts[0].explanation is no text of at most 20,000 characters"),
        ({"details": []}, "verdicts[0].details is no object"),
        ({"cost_usd": -1}, "verdicts[0].cost_usd is no number from 0 on"),
        ({"findings": {}}, "verdicts[0].findings is no list of at most 10,000"),
        (
            {"claims": [{"start": 0, "end": 10, "score": 1}]},
            "verdicts[0].claims[0].end is before its start or behind the end of the text",
        ),
        (
            {"claims": [{"start": 0, "end": 9, "score": 1, "evidence": {"context": 1}}]},
            "verdicts[0].claims[0].evidence.context is none of the 1 contexts",
        ),
        (
            {"findings": [{"type": "x", "start": 1.5, "end": 2}]},
            "verdicts[0].findings[0].start is no whole number from 0 on",
        ),
    ],
)  # fmt: skip
def test_a_verdict_of_another_form_is_refused(verdict: Any, said: str) -> None:
    """What a verdict cannot be is named by its member, so that the author finds it."""
    text, _ = failing(Answer({"verdicts": [verdict]}))

    assert text == f"the webhook tone at 127.0.0.1: {said}"


def test_a_server_that_is_not_there_is_said() -> None:
    """Where nobody listens, the error says so after a few attempts."""
    with standing_in(judged) as here:
        url = here.url
    tone = Webhook(name="tone", url=url, secret=SECRET, networks=HERE, patience=QUICK)

    with pytest.raises(EvaluationFailed, match=r"does not answer \(no connection\), asked 3 times"):
        tone.evaluate([SAMPLE])


def test_a_server_that_hangs_is_given_up() -> None:
    """A server that takes the request and says nothing is given up after the time limit."""
    ended = threading.Event()

    def hang(asked: Asked) -> Answer:
        ended.wait(30)
        return judged(asked)

    with webhook(hang) as (tone, _):
        impatient = replace(tone, patience=replace(QUICK, timeout_s=0.05, attempts=1))
        with pytest.raises(EvaluationFailed, match=r"does not answer \(too slow\), asked once"):
            impatient.evaluate([SAMPLE])
        ended.set()


def test_private_addresses_are_refused() -> None:
    """Unless the operator allows its network, a webhook cannot reach this machine; nothing is sent."""
    with webhook(judged) as (tone, here):
        with pytest.raises(EvaluationFailed, match="GROUNDWIRE_WEBHOOK_NETWORKS"):
            replace(tone, networks=()).evaluate([SAMPLE])
        assert not here.asked


def test_the_operator_allows_networks_by_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """GROUNDWIRE_WEBHOOK_NETWORKS holds for webhooks that name no networks themselves."""
    monkeypatch.setenv("GROUNDWIRE_WEBHOOK_NETWORKS", "127.0.0.0/8")
    with standing_in(judged) as here:
        tone = Webhook(name="tone", url=here.url, secret=SECRET, patience=QUICK)

        assert tone.evaluate([SAMPLE])[0].score == 0.09


@pytest.mark.parametrize("secret", ["", "plain words", "whsec_c2hvcnQ=", "whsec_???"])
def test_a_weak_secret_is_refused(secret: str) -> None:
    """A secret that is too short, or not written as the standard says, is refused before anything is sent."""
    with webhook(judged) as (tone, here):
        with pytest.raises(EvaluationFailed, match="at least 24 random bytes in base64"):
            replace(tone, secret=secret).evaluate([SAMPLE])
        assert not here.asked


def test_facts_that_json_cannot_hold_become_text() -> None:
    """A sample whose facts hold anything odd is sent all the same."""
    with webhook(judged) as (tone, here):
        tone.evaluate([replace(SAMPLE, facts={"at": object})])

    assert json.loads(here.asked[0].body)["samples"][0]["facts"]["at"].startswith("<class")


def certified(folder: Path, name: str) -> Path:
    """Write a certificate of its own for a name, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return file


@pytest.mark.parametrize(
    ("name", "error"), [("hooks.example", ""), ("other.example", "no connection")]
)
def test_the_certificate_is_that_of_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: str
) -> None:
    """Though the connection goes to the address that was checked, the server has to be the one of the URL's name."""
    file = certified(tmp_path, name)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    resolved = []

    def resolve(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        resolved.append(str(host))
        return known("127.0.0.1" if host == "hooks.example" else host, port, *rest, **more)

    known = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with standing_in(judged, tls) as here:
        url = f"https://hooks.example:{here.port}/"
        tone = Webhook(name="tone", url=url, secret=SECRET, networks=HERE, patience=QUICK)
        if not error:
            assert tone.evaluate([SAMPLE])[0].score == 0.09
            assert here.asked[0].headers["host"] == f"hooks.example:{here.port}"
        else:
            with pytest.raises(EvaluationFailed, match=error):
                tone.evaluate([SAMPLE])

    assert resolved.count("hooks.example") == 1
