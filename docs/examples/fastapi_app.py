"""A shop's assistant: it streams its answers, and takes what readers think of them."""

import json
from collections.abc import Iterator
from typing import Any

import groundwire.asgi  # added
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openai import OpenAI
from pydantic import BaseModel

app = FastAPI()
app.add_middleware(groundwire.asgi.Context, tenant="x-tenant", session="x-session")  # added
client = OpenAI()


class Question(BaseModel):
    """What a reader asks."""

    text: str


class Opinion(BaseModel):
    """Whether an answer helped. `answer_id` is the model's id of the answer, which the page was given with it."""

    answer_id: str
    helped: bool
    comment: str = ""


@app.post("/chat")
def chat(question: Question) -> StreamingResponse:
    """Answer a question piece by piece, each a line of JSON."""
    stream = client.chat.completions.create(
        model="gpt-4.1-mini",
        messages=[{"role": "user", "content": question.text}],
        stream=True,
        stream_options={"include_usage": True},
    )
    return StreamingResponse(lines(stream), media_type="application/x-ndjson")


def lines(stream: Any) -> Iterator[str]:
    """Yield the pieces of an answer as they come."""
    for chunk in stream:
        for choice in chunk.choices:
            yield json.dumps({"answer_id": chunk.id, "text": choice.delta.content or ""}) + "\n"


@app.post("/opinions", status_code=204)
def opinion(given: Opinion) -> None:
    """Take what a reader thinks of an answer."""
    groundwire.thumbs(given.helped, response_id=given.answer_id, comment=given.comment)  # added
