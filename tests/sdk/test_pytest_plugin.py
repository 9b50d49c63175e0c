"""The pytest plugin, as its users run it: their tests in a pytest of its own, against a running Groundwire."""

import re
from collections.abc import Iterator

import pytest

from tests.engine import Server, free_port, running_server

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.engine

ANSWER = """
    from opentelemetry import trace

    def answer(question, **scores):
        with trace.get_tracer("shop").start_as_current_span("answer") as span:
            with trace.get_tracer("shop").start_as_current_span("look up"):
                pass
            for name, score in scores.items():
                span.add_event("gen_ai.evaluation.result", {
                    "gen_ai.evaluation.name": name,
                    "gen_ai.evaluation.score.value": float(score),
                })
        return span
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a Groundwire."""
    with running_server(tmp_path_factory.mktemp("plugin"), "--segment-seconds", "0.3") as server:
        yield server


@pytest.fixture
def tested(
    pytester: pytest.Pytester, server: Server, monkeypatch: pytest.MonkeyPatch, project: str
) -> pytest.Pytester:
    """Return a folder of tests whose environment names the server and a project of their own.

    Their pytest leaves out every plugin but ours: to load them all takes longer than most tests here.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p groundwire.pytest_plugin")
    monkeypatch.setenv("GROUNDWIRE_ENDPOINT", server.otlp)
    monkeypatch.setenv("GROUNDWIRE_API_URL", server.url)
    monkeypatch.setenv("GROUNDWIRE_PROJECT", project)
    pytester.makepyfile(shop=ANSWER)
    return pytester


def test_what_is_good_passes(
    tested: pytest.Pytester, server: Server, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installed is enough: a marker passes a test whose traces score enough, and the summary shows by how much."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    monkeypatch.delenv("PYTEST_ADDOPTS")
    tested.makepyfile("""
        import pytest
        from shop import answer

        @pytest.mark.groundwire(evaluation="grounded", at_least=0.8)
        def test_answers():
            for score in (0.8, 0.9, 1.0):
                answer("Where is it?", grounded=score)
    """)

    result = tested.runpytest_subprocess()

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "*= groundwire =*",
            "test_what_is_good_passes.py::test_answers",
            "  grounded: met: 0.9 [[]0.652, 1.15] over 3 traces; asked for at least 0.8  http*",
        ]
    )
    link = re.search(rf"{server.url}/ui/traces\?\S+", result.stdout.str())
    assert link is not None
    assert f"project={project}" in link[0]
    rows = server.get("/traces", project=project, filter='attr["test.run.id"] exists')["traces"]
    assert len(rows) == 3


def test_what_is_bad_fails(tested: pytest.Pytester) -> None:
    """A marker fails a test whose traces clearly score too little, and says what they scored."""
    tested.makepyfile("""
        import pytest
        from shop import answer

        @pytest.mark.groundwire(evaluation="grounded", at_least=0.8)
        def test_answers():
            for score in (0.4, 0.5, 0.45, 0.42):
                answer("Where is it?", grounded=score)
    """)

    result = tested.runpytest_subprocess()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*grounded: below: 0.443*over 4 traces; asked for at least 0.8*"])


UNCLEAR = """
    import pytest
    from shop import answer

    @pytest.mark.groundwire(evaluation="grounded", at_least=0.8, share=0.9)
    def test_answers():
        for score in (1.0, 0.9, 0.5, 1.0):
            answer("Where is it?", grounded=score)
"""


@pytest.mark.parametrize(
    ("options", "outcome"),
    [((), "failed"), (("--groundwire-too-little=skip",), "skipped")],
)
def test_too_little_data(tested: pytest.Pytester, options: tuple[str, ...], outcome: str) -> None:
    """A figure that is below by chance perhaps is an outcome of its own, which fails or skips as asked."""
    tested.makepyfile(UNCLEAR)

    result = tested.runpytest_subprocess("-rs", *options)

    result.assert_outcomes(**{outcome: 1})
    result.stdout.fnmatch_lines(
        ["*grounded: too little data: 0.75 * over 4 traces; asked for 90% of traces at least 0.8*"]
    )


def test_options_of_the_ini_file(tested: pytest.Pytester) -> None:
    """The project's pytest settings say what becomes of too little data; a wrong word is refused."""
    tested.makepyfile(UNCLEAR)
    tested.makeini("[pytest]\ngroundwire_too_little = skip")
    skipped = tested.runpytest_subprocess()
    tested.makeini("[pytest]\ngroundwire_too_little = pass")
    refused = tested.runpytest_subprocess()

    skipped.assert_outcomes(skipped=1)
    assert refused.ret != 0
    refused.stdout.fnmatch_lines(["*groundwire_too_little is 'pass': write fail or skip*"])


def test_too_few_traces(tested: pytest.Pytester) -> None:
    """Fewer traces than asked for do not pass, however good they are."""
    tested.makepyfile("""
        import pytest
        from shop import answer

        @pytest.mark.groundwire(evaluation="grounded", at_least=0.8, min_count=10)
        def test_answers():
            answer("Where is it?", grounded=1)
    """)

    result = tested.runpytest_subprocess()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*grounded: too little data: 1 *of 10 traces or more*"])


def test_evaluating_in_the_test(tested: pytest.Pytester, server: Server, project: str) -> None:
    """A test judges its own answers by code; what it finds is stored with the trace that it is about."""
    tested.makepyfile("""
        from shop import answer

        def test_answers(groundwire_run):
            for word in ("Friday", "Monday", "never"):
                answer(word)
                groundwire_run.evaluate("names_a_day", word.endswith("day"), explanation=word)
            groundwire_run.assert_evaluation("names_a_day", at_least=0.6)
    """)

    result = tested.runpytest_subprocess()

    result.assert_outcomes(passed=1)
    rows = server.get("/evaluations", project=project, name="names_a_day")["evaluations"]
    assert {(row["explanation"], row["score"], row["source"]) for row in rows} == {
        ("Friday", 1.0, "code"),
        ("Monday", 1.0, "code"),
        ("never", 0.0, "code"),
    }


def test_labels(tested: pytest.Pytester) -> None:
    """A category is asked for by its label and a share."""
    tested.makepyfile("""
        from shop import answer

        def test_tone(groundwire_run):
            for tone in ["polite"] * 9 + ["rude"] * 9:
                answer("Hello")
                groundwire_run.evaluate("tone", tone)
            groundwire_run.assert_evaluation("tone", label="polite", share=0.9)
    """)

    result = tested.runpytest_subprocess()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*tone: below: 0.5 * asked for 90% of traces 'polite'*"])


def test_a_window(tested: pytest.Pytester) -> None:
    """A check over a window judges all traces of the project, or those of a filter."""
    tested.makepyfile("""
        from shop import answer

        def test_first(groundwire_run):
            for score in (1.0, 1.0, 0.0):
                answer("Where is it?", grounded=score)
            groundwire_run.assert_evaluation("grounded", at_least=0.6)

        def test_second(groundwire_run):
            groundwire_run.assert_evaluation("grounded", at_least=0.6, since="-1h", min_count=3)
            groundwire_run.assert_evaluation(
                "grounded", at_least=1, since="-1h", filter="evaluation.grounded > 0.5", min_count=2
            )
    """)

    result = tested.runpytest_subprocess()

    result.assert_outcomes(passed=2)


def test_traces_of_another_process(tested: pytest.Pytester) -> None:
    """A trace that an app elsewhere made counts once the test names it."""
    tested.makepyfile("""
        import subprocess, sys
        import pytest

        APP = '''
        import groundwire
        from shop import answer
        groundwire.init()
        print(f"{answer('?', grounded=1).get_span_context().trace_id:032x}")
        '''

        @pytest.mark.groundwire(evaluation="grounded", at_least=1)
        def test_answers(groundwire_run):
            import textwrap
            said = subprocess.check_output([sys.executable, "-c", textwrap.dedent(APP)], text=True)
            groundwire_run.add_trace(said.strip())
    """)

    result = tested.runpytest_subprocess()

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*grounded: met: 1 * over 1 traces*"])


def test_traces_that_do_not_arrive(
    tested: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Traces that are sent elsewhere fail the test with a hint, after the time given."""
    monkeypatch.setenv("GROUNDWIRE_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    tested.makepyfile("""
        import pytest
        from shop import answer

        @pytest.mark.groundwire(evaluation="grounded", at_least=1)
        def test_answers():
            answer("?", grounded=1)
    """)

    result = tested.runpytest_subprocess("--groundwire-timeout=0.5")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*1 of the test's 1 traces did not reach http*are they exported there*"]
    )


def test_a_key_that_may_not_is_told_without_our_code(
    tested: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that the server does not take fails the test with what to mend, not with a traceback of the plugin."""
    tested.makepyfile(
        """
        import groundwire

        def test_answers(groundwire_run):
            with groundwire.span("answer"):
                pass
            groundwire_run.evaluate("ok", True)
        """
    )
    monkeypatch.setenv("GROUNDWIRE_API_KEY", "gw_no_such")
    result = tested.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["Groundwire: this API key is not valid*GROUNDWIRE_API_KEY*"])
    result.stdout.no_fnmatch_line("*http.py*")


def test_a_test_that_fails_is_not_judged(tested: pytest.Pytester) -> None:
    """The marker asks nothing of a test that has failed by itself."""
    tested.makepyfile("""
        import pytest

        @pytest.mark.groundwire(evaluation="grounded", at_least=1)
        def test_answers():
            assert 1 == 2
    """)

    result = tested.runpytest_subprocess()

    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*grounded:*")


def test_inert(pytester: pytest.Pytester) -> None:
    """Tests that use nothing of the plugin are not traced, and no line is about it."""
    pytester.makepyfile("""
        import sys
        from opentelemetry import trace

        def test_nothing():
            assert "groundwire.pytest_plugin.run" not in sys.modules
            assert isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
    """)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*= groundwire =*")
