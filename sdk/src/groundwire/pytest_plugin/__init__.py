"""A pytest plugin: fail a build when an evaluation of the traces that a test makes falls below its threshold.

    @pytest.mark.groundwire(evaluation="groundedness", at_least=0.8)
    def test_answers(questions):
        for question in questions:
            answer(question)

It does nothing to tests that use neither the marker nor the fixture `groundwire_run`. Where to send and ask comes from
the environment, as for the SDK and `groundwire.read`: GROUNDWIRE_ENDPOINT, GROUNDWIRE_API_URL, GROUNDWIRE_API_KEY.
"""

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from groundwire.pytest_plugin.checks import Result
    from groundwire.pytest_plugin.run import Run
    from groundwire.pytest_plugin.watch import Watch

_PROPERTY: Final = "groundwire"
"""Name of the reports' property that carries a check's line, through pytest-xdist and into JUnit XML too."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's options."""
    group = parser.getgroup("groundwire", "evaluations of the traces that tests make")
    group.addoption(
        "--groundwire-too-little",
        choices=("fail", "skip"),
        help="what becomes of a test whose traces are too few to tell (default: fail)",
    )
    group.addoption(
        "--groundwire-timeout",
        type=float,
        metavar="SECONDS",
        help="how long to wait for a test's traces and their evaluations (default: 30)",
    )
    parser.addini("groundwire_too_little", "as --groundwire-too-little", default="fail")
    parser.addini("groundwire_timeout", "as --groundwire-timeout", default="30")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        "groundwire(evaluation, at_least=None, label=None, share=None, min_count=1, since='', filter=''): "
        "fail where an evaluation of the test's traces is below its threshold",
    )


@pytest.fixture
def groundwire_run(request: pytest.FixtureRequest) -> Iterator["Run"]:
    """Note the traces that this test makes; evaluate them, and check their evaluations."""
    from groundwire.pytest_plugin.run import Run  # noqa: PLC0415 - who does not use us pays nothing
    from groundwire.read import Client  # noqa: PLC0415

    watch = _watch(request.config)

    def report(result: "Result", link: str) -> None:
        request.node.user_properties.append((_PROPERTY, f"{result}  {link}".rstrip()))

    run = Run(
        Client(),
        watch,
        timeout_s=float(_option(request.config, "groundwire_timeout")),
        too_little=_too_little(request.config),
        report=report,
    )
    request.node.stash[_RUN] = run
    watch.begin(run.id, request.node.nodeid)
    yield run
    watch.end()


_RUN: Final = pytest.StashKey["Run"]()
_WATCH: Final = pytest.StashKey["Watch"]()


@pytest.fixture(autouse=True)
def _groundwire_marker(request: pytest.FixtureRequest) -> None:
    """Give tests with the marker the fixture that it needs."""
    if request.node.get_closest_marker("groundwire"):
        request.getfixturevalue("groundwire_run")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Check what a test's markers ask for, once the test itself has passed."""
    try:
        result = yield
        for marker in item.iter_markers("groundwire"):
            item.stash[_RUN].assert_evaluation(*marker.args, **marker.kwargs)
    except Exception as error:
        if _RUN not in item.stash or not _is_refusal(error):
            raise
        # The server, or a setting, is what is wrong: where in our code that came up helps nobody.
        pytest.fail(f"Groundwire: {error}", pytrace=False)
    return result


def _is_refusal(error: Exception) -> bool:
    from groundwire.read import ReadError  # noqa: PLC0415 - as elsewhere: not before a test needs it

    return isinstance(error, ReadError)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what every check came to."""
    lines = [
        f"{report.nodeid}\n  {line}"
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, line in report.user_properties
        if name == _PROPERTY
    ]
    if lines:
        terminalreporter.section("groundwire")
        for line in lines:
            terminalreporter.write_line(line)


def _watch(config: pytest.Config) -> "Watch":
    """Return what notes the traces of this process, set up for the first test that wants it."""
    import groundwire  # noqa: PLC0415
    from groundwire.pytest_plugin.watch import Watch  # noqa: PLC0415

    if _WATCH not in config.stash:
        from opentelemetry import trace  # noqa: PLC0415

        groundwire.init()
        config.stash[_WATCH] = Watch()
        trace.get_tracer_provider().add_span_processor(config.stash[_WATCH])  # type: ignore[attr-defined]
    return config.stash[_WATCH]


def _option(config: pytest.Config, name: str) -> Any:
    given = config.getoption(name)
    return config.getini(name) if given is None else given


def _too_little(config: pytest.Config) -> str:
    word = str(_option(config, "groundwire_too_little"))
    if word not in ("fail", "skip"):
        raise pytest.UsageError(f"groundwire_too_little is {word!r}: write fail or skip")
    return word
