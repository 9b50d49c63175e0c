"""`init` beside whatever an app already has."""

import json

import pytest

from tests.sdk.apps import run_app
from tests.sdk.capture import Capture, attributes


def resource(capture: Capture) -> dict[str, object]:
    """Return the attributes of the resource that spans came from."""
    return attributes(capture.resources()[0].resource)


def test_the_environment_alone_is_enough(capture: Capture) -> None:
    """Two lines of code, and everything else from OpenTelemetry's variables and ours."""
    code = """
        import groundwire
        groundwire.init()
        from opentelemetry import trace
        trace.get_tracer("app").start_span("x").end()
    """
    done = run_app(
        code,
        endpoint=capture.url,
        OTEL_SERVICE_NAME="shop",
        OTEL_RESOURCE_ATTRIBUTES="service.version=1.2,team=search",
        GROUNDWIRE_API_KEY="gw_1_s",
        GROUNDWIRE_ENVIRONMENT="staging",
    )
    assert done.stderr == ""
    told = resource(capture)
    assert told["service.name"] == "shop"
    assert told["service.version"] == "1.2"
    assert told["team"] == "search"
    assert told["deployment.environment.name"] == "staging"
    assert told["telemetry.distro.name"] == "groundwire"
    assert capture.requests[0][1]["authorization"] == "Bearer gw_1_s"


def test_an_argument_wins_over_the_environment(capture: Capture) -> None:
    """What a program says is nearer than what surrounds it."""
    code = """
        import groundwire
        groundwire.init("named", content="full")
        with groundwire.span("x") as span:
            span.input("text")
    """
    run_app(code, endpoint=capture.url, OTEL_SERVICE_NAME="other", GROUNDWIRE_CONTENT="none")
    assert resource(capture)["service.name"] == "named"
    assert attributes(capture.span("x"))["input.value"] == "text"


@pytest.mark.parametrize("sampler", ["always_off", "always_on"])
def test_the_apps_sampler_holds(capture: Capture, sampler: str) -> None:
    """What the app does not sample is not sent."""
    code = "import groundwire; groundwire.init(); groundwire.span('x').__enter__().__exit__(None, None, None)"
    run_app(code, endpoint=capture.url, OTEL_TRACES_SAMPLER=sampler)
    assert len(capture.spans()) == (sampler == "always_on")


def test_a_disabled_sdk_stays_disabled(capture: Capture) -> None:
    """OTEL_SDK_DISABLED switches everything off, and everything still works."""
    code = """
        import groundwire
        groundwire.init("x")
        with groundwire.chat("m", "hi") as call:
            call.output("ho")
            print(repr(groundwire.thumbs(True)), groundwire.current_trace_id(), groundwire.flush())
    """
    done = run_app(code, endpoint=capture.url, OTEL_SDK_DISABLED="true")
    assert done.stdout.strip() == "'' None True"
    assert not capture.requests


def test_an_existing_provider_is_added_to(capture: Capture) -> None:
    """The app's provider, resource and exporter stay; its spans go to both, its tracer's and ours."""
    code = """
        import json, groundwire
        from opentelemetry import trace
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        theirs = InMemorySpanExporter()
        provider = TracerProvider(resource=Resource.create({"service.name": "theirs"}))
        provider.add_span_processor(SimpleSpanProcessor(theirs))
        trace.set_tracer_provider(provider)
        groundwire.init("ignored")
        assert trace.get_tracer_provider() is provider
        with groundwire.span("ours"):
            trace.get_tracer("app").start_span("own").end()
        print(json.dumps(sorted(span.name for span in theirs.get_finished_spans())))
    """
    done = run_app(code, endpoint=capture.url)
    assert json.loads(done.stdout) == ["ours", "own"]
    assert sorted(span.name for span in capture.spans()) == ["ours", "own"]
    assert resource(capture)["service.name"] == "theirs"
    assert "the app's own tracer provider says the service's name" in done.stderr


def test_a_provider_of_another_make_is_left_alone(capture: Capture) -> None:
    """Where spans cannot be listened to, those made with groundwire are sent all the same."""
    code = """
        import groundwire
        from opentelemetry import trace
        class Theirs(trace.TracerProvider):
            def get_tracer(self, *args, **kwargs):
                return trace.NoOpTracer()
        theirs = Theirs()
        trace.set_tracer_provider(theirs)
        groundwire.init("shop")
        assert trace.get_tracer_provider() is theirs
        with groundwire.span("ours"):
            pass
    """
    done = run_app(code, endpoint=capture.url)
    assert [span.name for span in capture.spans()] == ["ours"]
    assert "takes no span processor" in done.stderr


def test_a_second_init_changes_nothing(capture: Capture) -> None:
    """Spans are sent once however often `init` is called, by the first call's settings."""
    code = """
        import groundwire
        groundwire.init("first", content="none")
        groundwire.init()
        groundwire.init("second", content="full")
        with groundwire.span("x") as span:
            span.input("text")
    """
    done = run_app(code, endpoint=capture.url)
    assert attributes(capture.span("x")) == {}
    assert resource(capture)["service.name"] == "first"
    assert done.stderr.count("called again") == 1


def test_settings_that_make_no_sense_never_stop_an_app(capture: Capture) -> None:
    """Each is told on the log, with what is used in its place."""
    code = """
        import groundwire
        groundwire.init("x", endpoint="nowhere", baggage="yes", nonsense=1)
        groundwire.init("x", endpoint="nowhere", baggage="yes", api_key="“gw_a_b”")
        print("runs")
    """
    done = run_app(code, endpoint=capture.url, OTEL_BSP_MAX_QUEUE_SIZE="-3")
    assert done.stdout.strip() == "runs"
    assert "groundwire: init() got an unexpected keyword argument 'nonsense'" in done.stderr
    assert "api_key holds characters that no key has" in done.stderr
    assert "endpoint must be an http or https URL" in done.stderr
    assert "baggage must be one of all, no_user, off" in done.stderr
    assert "OTEL_BSP_MAX_QUEUE_SIZE must be a whole number above 0" in done.stderr


def test_blanks_around_a_key_do_no_harm(capture: Capture) -> None:
    """A key from a file comes with the end of its line; it is sent without."""
    code = """
        import groundwire
        groundwire.init("app")
        with groundwire.span("made"): pass
    """
    run_app(code, endpoint=capture.url, GROUNDWIRE_API_KEY=" gw_a_b\r\n")
    assert [headers["authorization"] for _, headers, _ in capture.requests] == ["Bearer gw_a_b"]


ASK = """
    import groundwire, openai
    from tests.clients.stand_in import running_stand_in
    groundwire.init("app")
    with running_stand_in() as url:
        client = openai.OpenAI(base_url=url, api_key="none")
        with groundwire.tenant("acme"):
            client.chat.completions.create(model="gpt-4.1-mini", messages=[{"role": "user", "content": "Hello there"}])
"""


def test_one_instrumentation_a_library_is_switched_on(capture: Capture) -> None:
    """Three families that trace OpenAI's client are installed; a call is one span, with tenant and content."""
    done = run_app(ASK, endpoint=capture.url, GROUNDWIRE_INSTRUMENT="on")
    assert done.stderr == ""
    (span,) = capture.spans()
    assert span.name == "chat gpt-4.1-mini"
    assert attributes(span)["tenant.id"] == "acme"
    assert b"Hello there" in capture.wire()
    scopes = {scope.scope.name for r in capture.resources() for scope in r.scope_spans}
    assert scopes == {"opentelemetry.instrumentation.genai.openai"}


def test_an_instrumentation_that_the_app_has_switched_on_is_left_alone(capture: Capture) -> None:
    """The app's choice of family stays, and nothing is traced twice."""
    code = ASK.replace(
        "groundwire.init",
        "from openinference.instrumentation.openai import OpenAIInstrumentor\n"
        "    OpenAIInstrumentor().instrument()\n    groundwire.init",
    )
    run_app(code, endpoint=capture.url, GROUNDWIRE_INSTRUMENT="on")
    (span,) = capture.spans()
    assert span.name == "ChatCompletion"


def test_no_content_is_asked_for_where_none_leaves(capture: Capture) -> None:
    """Under `none` instrumentations are told not to capture texts at all; what the user set stays."""
    code = """
        import os, groundwire
        groundwire.init(content="none")
        print(os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"], os.environ["OPENINFERENCE_HIDE_INPUTS"])
    """
    assert run_app(code, endpoint=capture.url).stdout.split() == ["NO_CONTENT", "true"]
    done = run_app(code, endpoint=capture.url, OPENINFERENCE_HIDE_INPUTS="false")
    assert done.stdout.split() == ["NO_CONTENT", "false"]
