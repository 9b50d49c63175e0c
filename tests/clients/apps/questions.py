"""An app that asks a model, instrumented by the module that its argument names. Each call is below a span of its own.

Prints the id of its trace.
"""

# ruff: noqa: T201

import importlib
import sys
from contextlib import suppress

from openai import NotFoundError, OpenAI
from opentelemetry import trace

importlib.import_module(sys.argv[1])

client = OpenAI(max_retries=0)
tracer = trace.get_tracer("shop")
MODEL = "gpt-4.1-mini"
SYSTEM = {"role": "system", "content": "You help the customers of a shop. Be short."}
QUESTION = {"role": "user", "content": "Wo ist Paket A-1093? 注文はどこですか 🙂"}
TOOL = {
    "type": "function",
    "function": {
        "name": "get_order",
        "description": "Look up an order.",
        "parameters": {
            "type": "object",
            "properties": {"order_id": {"type": "string"}},
            "required": ["order_id"],
        },
    },
}


def plain() -> None:
    """Ask and get a text."""
    client.chat.completions.create(
        model=MODEL, messages=[SYSTEM, QUESTION], temperature=0.2, max_tokens=300
    )


def tools() -> None:
    """Offer a tool, run it, and send its result back."""
    first = client.chat.completions.create(model=MODEL, messages=[SYSTEM, QUESTION], tools=[TOOL])
    call = first.choices[0].message.tool_calls[0]
    asked = {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.function.name, "arguments": call.function.arguments},
            }
        ],
    }
    result = {
        "role": "tool",
        "tool_call_id": call.id,
        "content": '{"status": "shipped", "days": 1}',
    }
    client.chat.completions.create(
        model=MODEL, messages=[SYSTEM, QUESTION, asked, result], tools=[TOOL]
    )


def streamed() -> None:
    """Read an answer as it comes."""
    stream = client.chat.completions.create(
        model=MODEL, messages=[QUESTION], stream=True, stream_options={"include_usage": True}
    )
    for _ in stream:
        pass


def embeddings() -> None:
    """Embed two texts."""
    client.embeddings.create(model="text-embedding-3-small", input=["parcel tracking", "Rückgabe"])


def responses() -> None:
    """Ask through the Responses API."""
    client.responses.create(model=MODEL, instructions="Be short.", input="Where is parcel A-1093?")


def refused() -> None:
    """Ask for a model that is not there."""
    with suppress(NotFoundError):
        client.chat.completions.create(model="gpt-nope", messages=[QUESTION])


with tracer.start_as_current_span(
    "answer question", attributes={"session.id": "s-42", "user.id": "u-7", "tenant.id": "acme"}
) as root:
    for case in (plain, tools, streamed, embeddings, responses, refused):
        with tracer.start_as_current_span(case.__name__):
            case()
print(f"{root.get_span_context().trace_id:032x}")
