"""The settings of `init`, from its arguments or, where those are not given, from the environment."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, cast, get_args
from urllib.parse import urlsplit

Content = Literal["full", "redacted", "hashed", "none"]
"""What of the texts leaves the process; docs/sdk.md says it for each place."""
Baggage = Literal["all", "no_user", "off"]
"""Which of our context goes along with outgoing requests; `no_user` leaves the user and their tier out."""
Redact = Callable[[str], str]

DEFAULT_ENDPOINT: Final = "http://127.0.0.1:4318"
DEFAULT_API_URL: Final = "http://127.0.0.1:4319"


@dataclass(frozen=True)
class Settings:
    """How this process sends to Groundwire."""

    endpoint: str = DEFAULT_ENDPOINT
    """OTLP over HTTP, without `/v1/...`."""
    api_url: str = DEFAULT_API_URL
    """The server's pages, for links."""
    api_key: str = field(default="", repr=False)
    project: str = ""
    """Only for a server without keys: the project that is meant."""
    service_name: str = ""
    environment: str = ""
    content: Content = "full"
    redact: Redact | None = None
    """Is given every text under `redacted`, after the built-in redaction."""
    hash_key: str = field(default="", repr=False)
    """Secret of the hashes under `hashed`; without it they are plain SHA-256."""
    baggage: Baggage = "no_user"
    instrument: bool = True
    max_queue_items: int = 8192
    max_queue_bytes: int = 64 * 1024 * 1024

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        headers = {}
        if self.api_key:
            headers["authorization"] = f"Bearer {self.api_key}"
        if self.project:
            headers["x-groundwire-project"] = self.project
        return headers


def settings_from(
    given: Mapping[str, object], environ: Mapping[str, str] = os.environ
) -> tuple[Settings, list[str]]:
    """Return the settings, and what is wrong with them in words. Arguments that are None count as not given.

    A content policy that is not understood becomes `none`: no text leaves by mistake.
    """
    problems: list[str] = []
    service = environ.get("OTEL_SERVICE_NAME", "")
    settings = Settings(
        endpoint=_url(given, environ, "endpoint", DEFAULT_ENDPOINT, problems),
        api_url=_url(given, environ, "api_url", DEFAULT_API_URL, problems),
        api_key=_key(given, environ, problems),
        project=_text(given, environ, "project"),
        service_name=_text(given, environ, "service_name") or service,
        environment=_text(given, environ, "environment"),
        content=cast(
            "Content",
            _choice(_text(given, environ, "content"), "content", ("full", "none"), Content, problems),
        ),
        redact=cast("Redact | None", given.get("redact")),
        hash_key=_text(given, environ, "hash_key"),
        baggage=cast(
            "Baggage",
            _choice(_text(given, environ, "baggage"), "baggage", ("no_user", "off"), Baggage, problems),
        ),
        instrument=_switch(given, environ),
        max_queue_items=_count(environ, "OTEL_BSP_MAX_QUEUE_SIZE", 8192, problems),
        max_queue_bytes=_count(environ, "GROUNDWIRE_MAX_QUEUE_BYTES", 64 * 1024 * 1024, problems),
    )  # fmt: skip
    return settings, problems


def _text(given: Mapping[str, object], environ: Mapping[str, str], name: str) -> str:
    value = given.get(name)
    return str(value) if value is not None else environ.get(f"GROUNDWIRE_{name.upper()}", "")


def _key(given: Mapping[str, object], environ: Mapping[str, str], problems: list[str]) -> str:
    """Return the API key, without the blanks and line ends that files of secrets have around it."""
    key = _text(given, environ, "api_key").strip()
    if key.isascii() and key.isprintable():
        return key
    problems.append("api_key holds characters that no key has; sending without a key")
    return ""


def _url(
    given: Mapping[str, object],
    environ: Mapping[str, str],
    name: str,
    default: str,
    problems: list[str],
) -> str:
    url = (_text(given, environ, name) or default).rstrip("/").removesuffix("/v1/traces")
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
        problems.append(f"{name} must be an http or https URL such as {default}; using {default}")
        return default
    return url


def _choice(
    value: str, name: str, defaults: tuple[str, str], choices: object, problems: list[str]
) -> str:
    """Return one of the choices: the first default if none is given, the second for any that is not known."""
    known = get_args(choices)
    if not value:
        return defaults[0]
    if value in known:
        return value
    problems.append(f"{name} must be one of {', '.join(known)}; using {defaults[1]}")
    return defaults[1]


def _switch(given: Mapping[str, object], environ: Mapping[str, str]) -> bool:
    return _text(given, environ, "instrument").strip().lower() not in {"0", "false", "off", "no"}


def _count(environ: Mapping[str, str], variable: str, default: int, problems: list[str]) -> int:
    text = environ.get(variable, "").strip()
    if not text:
        return default
    if not text.isdecimal() or not int(text):
        problems.append(f"{variable} must be a whole number above 0; using {default}")
        return default
    return int(text)
