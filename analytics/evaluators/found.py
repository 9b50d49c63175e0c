"""Which evaluators there are: built-in ones, those of installed packages and of files, and judges that are configured.

What is not asked for is not imported, so that a server starts without loading a model. An evaluator that cannot be had
is told with the reason, and leaves the others alone.
"""

import hashlib
import importlib.util
import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Final

from analytics.evaluators import settings
from analytics.evaluators.contract import READS, Evaluator

log = logging.getLogger(__name__)

GROUP: Final = "groundwire.evaluators"
"""Entry points of packages that bring evaluators: the name of each is its evaluator's."""
BUILT_IN: Final[Mapping[str, tuple[str, str]]] = {
    "groundedness": ("analytics.groundedness", "evaluator"),
    "refusal": ("analytics.detectors", "refusal"),
    "prompt_injection": ("analytics.detectors", "prompt_injection"),
    "pii": ("analytics.detectors", "pii"),
    "secrets": ("analytics.detectors", "secrets"),
    "prompt_leak": ("analytics.detectors", "prompt_leak"),
    "context_relevance": ("analytics.evaluators.context_relevance", "context_relevance"),
}
"""Module and function that makes it, by name."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


class NotUsable(Exception):  # noqa: N818 - says what is the case
    """An evaluator cannot be had; the text says why, and what to mend."""


@dataclass(frozen=True, slots=True)
class Broken:
    """An evaluator that cannot be had."""

    name: str
    """Of the evaluator; of a file, where its evaluators are not known."""
    origin: str
    error: str


@dataclass(frozen=True, slots=True)
class Found:
    """What there is."""

    evaluators: Mapping[str, Evaluator]
    origins: Mapping[str, str]
    """Where each is from: `built in`, `package acme-checks`, `file tone.py`."""
    broken: Sequence[Broken]


@dataclass(frozen=True, slots=True)
class _Source:
    """Something that evaluators come from."""

    name: str
    """The evaluator's; '' where a file says it."""
    origin: str
    load: Callable[[], Sequence[Evaluator]]


def evaluators() -> Mapping[str, Evaluator]:
    """Return all evaluators of this process by name: looked for once, the same objects every time."""
    return found().evaluators


def found() -> Found:
    """Return what there is, and what cannot be had. The latter is logged once."""
    with _LOCK:
        if not _FOUND:
            _FOUND.append(look(settings.files()))
            for broken in _FOUND[0].broken:
                log.warning(
                    "evaluator %s (%s) is left out: %s", broken.name, broken.origin, broken.error
                )
        return _FOUND[0]


_LOCK: Final = threading.Lock()
_FOUND: Final[list[Found]] = []


def look(files: Sequence[Path], only: str = "") -> Found:
    """Return what there is now, with the evaluators of these files. With `only`, nothing else but files is loaded."""
    finds = _Finds()
    for source in _sources(files):
        if not only or source.name in ("", only):
            finds.add(source)
    return Found(finds.evaluators, finds.origins, finds.broken)


def names(files: Sequence[Path]) -> list[str]:
    """Return what evaluators are called, without loading any but those of files."""
    sources = list(_sources(files))
    named = [source.name for source in sources if source.name]
    return sorted({*named, *look(files, only=_NONE).evaluators})


_NONE: Final = "-"
"""What no evaluator is called."""


@dataclass(slots=True)
class _Finds:
    """What was found so far."""

    evaluators: dict[str, Evaluator] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)

    def add(self, source: _Source) -> None:
        try:
            loaded = source.load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - code of others must not take ours along
            self.broken.append(Broken(source.name or source.origin, source.origin, _why(error)))
            return
        for evaluator in loaded:
            problem = self._problem(evaluator, source)
            if problem:
                self.broken.append(Broken(source.name or evaluator.name, source.origin, problem))
            else:
                self.evaluators[evaluator.name] = evaluator
                self.origins[evaluator.name] = source.origin

    def _problem(self, evaluator: Evaluator, source: _Source) -> str:
        name = evaluator.name
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            return "its name is not made of a to z, 0 to 9 and _, at most 64 of them, with a letter first"
        if source.name and name != source.name:
            return f"it calls itself {name}, and its entry point {source.name}: give both one name"
        if name in self.evaluators or (name in BUILT_IN and source.origin != _BUILT_IN):
            there = self.origins.get(name, _BUILT_IN)
            return f"there is already one of this name ({there}): rename one of them"
        if not evaluator.reads or not set(evaluator.reads) <= set(READS):
            return f"what it reads has to be of {', '.join(READS)}"
        return ""


def _sources(files: Sequence[Path]) -> Iterator[_Source]:
    """Yield where evaluators come from; of two of one name the first counts."""
    for name, (module, function) in BUILT_IN.items():
        yield _Source(name, _BUILT_IN, _maker(module, function))
    yield from _judges()
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        package = point.dist.name if point.dist else point.value
        yield _Source(point.name, f"package {package}", _pointed_at(point))
    for file in files:
        yield _Source("", f"file {file.name}", _in_file(file))


_BUILT_IN: Final = "built in"


def _maker(module: str, function: str) -> Callable[[], Sequence[Evaluator]]:
    return lambda: [getattr(import_module(module), function)()]


def _judges() -> Iterator[_Source]:
    if os.environ.get(settings.JUDGE_URL):
        yield _Source("groundedness_judge", settings.JUDGE_URL, lambda: [_judge()[0]])
        yield _Source("groundedness_cascade", settings.JUDGE_URL, _cascade)


def _judge() -> tuple[Evaluator, settings.JudgeSettings]:
    from analytics.evaluators.judge import Judge  # noqa: PLC0415 - only who has a judge needs list prices
    from analytics.evaluators.judge_price import Price  # noqa: PLC0415 - as above

    wanted = settings.judge()
    if wanted is None:
        raise NotUsable(f"{settings.JUDGE_URL} is not set")
    price = Price(*wanted.price) if wanted.price else None
    return Judge(url=wanted.url, model=wanted.model, key=wanted.key, price=price), wanted


def _cascade() -> Sequence[Evaluator]:
    from analytics.evaluators.cascade import Budget, Cascade  # noqa: PLC0415 - as in _judge
    from analytics.evaluators.judge_price import is_priced  # noqa: PLC0415 - as in _judge

    judge, wanted = _judge()
    if wanted.price is None and not is_priced(wanted.model):
        raise NotUsable(
            f"a budget needs a price, and none is listed for this model: set {settings.JUDGE_PRICE} to USD per million "
            "tokens of input and output (0,0 for a model of your own)"
        )
    (first,) = _maker(*BUILT_IN["groundedness"])()
    return [Cascade(first=first, judge=judge, budget=Budget(wanted.budget_usd))]


def _pointed_at(point: EntryPoint) -> Callable[[], Sequence[Evaluator]]:
    def load() -> Sequence[Evaluator]:
        made = point.load()
        if not _is_evaluator(made):
            raise NotUsable(f"{point.value} is no evaluator: decorate its function with @evaluator")
        return [made]

    return load


def _in_file(file: Path) -> Callable[[], Sequence[Evaluator]]:
    def load() -> Sequence[Evaluator]:
        module = _executed(file)
        made = [value for value in vars(module).values() if _is_evaluator(value)]
        if not made:
            raise NotUsable("there is no evaluator in it: decorate a function with @evaluator")
        return list({id(one): one for one in made}.values())

    return load


def _executed(file: Path) -> ModuleType:
    """Return a file as a module. It is known under a name of its own, as dataclasses and pickle need one."""
    digest = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:12]
    name = f"groundwire_evaluators_{digest}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None or not file.is_file():
        raise NotUsable("there is no such Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _is_evaluator(value: object) -> bool:
    return isinstance(value, Evaluator) and not isinstance(value, type)


def _why(error: BaseException) -> str:
    text = str(error) or "no reason given"
    return text if isinstance(error, NotUsable | ValueError) else f"{type(error).__name__}: {text}"
