"""Who and what for: tenant, session, user and so on, for every span that starts below.

The values live in OpenTelemetry's context, so they follow its current span everywhere: into tasks,
through `carry` into threads, and as W3C baggage to services downstream. A span processor puts them
on spans as they start (`_processor`), whoever makes the span.
"""

import functools
import inspect
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, TypeVar, cast
from urllib.parse import quote_plus

from opentelemetry import baggage
from opentelemetry.context import Context, attach, create_key, get_current, set_value
from typing_extensions import Self

from groundwire._notices import NOTICES, failed
from groundwire._scopes import restored
from groundwire._settings import Baggage

Function = TypeVar("Function", bound=Callable[..., Any])

_KEY: Final = create_key("groundwire")
_BAGGAGE_KEY: Final = next(iter(baggage.set_baggage("x", "", Context())))
_LONGEST_VALUE: Final = 256
# Eight values of this length fit into the 8,192 bytes that W3C Baggage grants the whole header.
_LONGEST_IN_BAGGAGE: Final = 512

_ATTRIBUTES: Final[Mapping[str, str]] = {
    "tenant": "tenant.id",
    "session": "session.id",
    "user": "user.id",
    "user_tier": "user.tier",
    "feature": "feature.name",
    "prompt_name": "gen_ai.prompt.name",
    "prompt_version": "gen_ai.prompt.version",
    "environment": "deployment.environment.name",
}
_IN_BAGGAGE: Final = {f"groundwire.{name}": attribute for name, attribute in _ATTRIBUTES.items()}
_ABOUT_THE_USER: Final = frozenset({"user", "user_tier"})


class _Starting(threading.local):
    """Whether this thread is just starting a span that has the context's values already."""

    has_values = False


STARTING: Final = _Starting()


class _Travel:
    """Which values go along as baggage; `init` sets it."""

    baggage: Baggage = "no_user"


TRAVEL: Final = _Travel()


@dataclass(frozen=True)
class _Own:
    """What was set in this process, and all that holds with it."""

    attributes: Mapping[str, str]
    effective: Mapping[str, str]
    carried: object
    """The baggage that `effective` was worked out with."""


def attributes_of(context: Context | None) -> Mapping[str, str]:
    """Return the attributes that spans starting in a context get: what was set here, else what came as baggage.

    Every span that starts asks this.
    """
    if context is None:
        context = get_current()
    own = cast("_Own | None", context.get(_KEY))
    carried = context.get(_BAGGAGE_KEY)
    if own is None:
        return _received(carried) if carried else {}
    return own.effective if own.carried is carried else {**_received(carried), **own.attributes}


def _received(carried: object) -> dict[str, str]:
    """Return what baggage says of ours."""
    if TRAVEL.baggage == "off":
        return {}
    return {
        _IN_BAGGAGE[name]: str(value)[:_LONGEST_VALUE]
        for name, value in cast("Mapping[str, object]", carried or {}).items()
        if name in _IN_BAGGAGE
    }


class ContextValues:
    """Values for every span that starts inside: as `with`, as a decorator, or `set` for good in a task or thread."""

    __slots__ = ("_tokens", "_values")

    def __init__(self, values: Mapping[str, object]) -> None:
        """Values that are None or empty are left as they are outside."""
        self._values = {
            name: _short(name, str(value))
            for name, value in values.items()
            if value is not None and value != ""
        }
        self._tokens: list[Any] = []

    def set(self) -> None:
        """Let the values hold for the rest of the current task or thread."""
        attach(self._extend(get_current()))

    def _extend(self, context: Context) -> Context:
        own = cast("_Own | None", context.get(_KEY))
        attributes = dict(own.attributes) if own is not None else {}
        for name, value in self._values.items():
            attributes[_ATTRIBUTES[name]] = value
            if _travels(name, value):
                context = baggage.set_baggage(f"groundwire.{name}", value, context)
        carried = context.get(_BAGGAGE_KEY)
        effective = {**_received(carried), **attributes}
        return set_value(_KEY, _Own(attributes, effective, carried), context)

    def __enter__(self) -> Self:
        try:
            self._tokens.append(attach(self._extend(get_current())))
        except Exception as error:  # noqa: BLE001 - an app must not fail because it is traced
            failed("setting context", error)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._tokens:
            restored(self._tokens.pop())

    def __call__(self, function: Function) -> Function:
        """Let the values hold while a function or coroutine runs."""
        values = self._values
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError("a generator takes its context from `with` inside it, or from @observe")

        @functools.wraps(function)
        async def waited(*args: object, **kwargs: object) -> object:
            with ContextValues(values):
                return await function(*args, **kwargs)

        @functools.wraps(function)
        def called(*args: object, **kwargs: object) -> object:
            with ContextValues(values):
                return function(*args, **kwargs)

        return cast("Function", waited if inspect.iscoroutinefunction(function) else called)


def _short(name: str, value: str) -> str:
    if len(value) > _LONGEST_VALUE:
        NOTICES.say(f"long:{name}", f"a {name} of more than {_LONGEST_VALUE} characters was cut")
    return value[:_LONGEST_VALUE]


def _travels(name: str, value: str) -> bool:
    if TRAVEL.baggage == "off" or (TRAVEL.baggage == "no_user" and name in _ABOUT_THE_USER):
        return False
    if len(quote_plus(value, errors="replace")) > _LONGEST_IN_BAGGAGE:
        NOTICES.say(f"baggage:{name}", f"a {name} is too long to travel as baggage")
        return False
    return True


def tenant(id: object) -> ContextValues:  # noqa: A002 - it is the tenant's id
    """Name the customer for whom the app works: the unit of cost."""
    return ContextValues({"tenant": id})


def session(id: object) -> ContextValues:  # noqa: A002
    """Name the conversation that the traces below belong to."""
    return ContextValues({"session": id})


def user(id: object, *, tier: str | None = None) -> ContextValues:  # noqa: A002
    """Name the app's user and their plan. Both stay in this process unless `init(baggage="all")`."""
    return ContextValues({"user": id, "user_tier": tier})


def feature(name: str) -> ContextValues:
    """Name the part of the app."""
    return ContextValues({"feature": name})


def prompt(name: str, version: object = None) -> ContextValues:
    """Name the prompt template that the calls below are made with, and its version."""
    return ContextValues({"prompt_name": name, "prompt_version": version})


def environment(name: str) -> ContextValues:
    """Name the deployment environment, where it is not the whole process's."""
    return ContextValues({"environment": name})


def context(
    *,
    tenant: object = None,
    session: object = None,
    user: object = None,
    user_tier: str | None = None,
    feature: str | None = None,
    environment: str | None = None,
) -> ContextValues:
    """Name several at once; what is None or empty stays as it is."""
    return ContextValues(
        {
            "tenant": tenant,
            "session": session,
            "user": user,
            "user_tier": user_tier,
            "feature": feature,
            "environment": environment,
        }
    )


def carry(function: Function) -> Function:
    """Return a function that runs in another thread as if it were called here: below this span, in this context."""
    here = get_current()

    @functools.wraps(function)
    def carried(*args: object, **kwargs: object) -> object:
        token = attach(here)
        try:
            return function(*args, **kwargs)
        finally:
            restored(token)

    return cast("Function", carried)
