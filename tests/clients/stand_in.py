"""A model endpoint on loopback that speaks the OpenAI API: every answer is known beforehand, nothing is called.

`python -m tests.clients.stand_in` prints its address and serves until it is ended.
"""

import json
import struct
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

Json = dict[str, Any]

CHAT_MODEL: Final = "gpt-4.1-mini"
SERVED_MODEL: Final = "gpt-4.1-mini-2025-04-14"
EMBEDDING_MODEL: Final = "text-embedding-3-small"
ANSWER: Final = "Your parcel A-1093 left Köln yesterday. 📦 注文は配送中です。"
STREAMED: Final = ("Your parcel ", "A-1093 ", "arrives ", "on Friday. 🚚")
ARGUMENTS: Final = {"order_id": "A-1093", "fields": {"carrier": True, "events": [1, 2, 3]}}
CALL_ID: Final = "call_7XyQ"
USAGE: Final = {"input": 1234, "cached": 1024, "output": 89, "reasoning": 64}
EMBEDDING_USAGE: Final = 11
VECTOR: Final = (0.25, -0.5, 0.125, 1.0)
COMPLETION_ID: Final = "chatcmpl-Bq1"
STREAM_ID: Final = "chatcmpl-Bq2"
RESPONSE_ID: Final = "resp_68f"


def usage() -> Json:
    """Return the tokens of every chat completion."""
    return {
        "prompt_tokens": USAGE["input"],
        "completion_tokens": USAGE["output"],
        "total_tokens": USAGE["input"] + USAGE["output"],
        "prompt_tokens_details": {"cached_tokens": USAGE["cached"], "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": USAGE["reasoning"],
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def chat_completion(request: Json) -> Json:
    """Answer a chat: a tool call where tools are offered and none has answered yet, else a text."""
    calls_tool = bool(request.get("tools")) and request["messages"][-1]["role"] != "tool"
    message: Json = {
        "role": "assistant",
        "content": None if calls_tool else ANSWER,
        "refusal": None,
    }
    if calls_tool:
        function = {"name": "get_order", "arguments": json.dumps(ARGUMENTS)}
        message["tool_calls"] = [{"id": CALL_ID, "type": "function", "function": function}]
    reason = "tool_calls" if calls_tool else "stop"
    return {
        "id": COMPLETION_ID,
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": SERVED_MODEL,
        "system_fingerprint": "fp_44709d6fcb",
        "service_tier": "default",
        "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
        "usage": usage(),
    }


def chunks(request: Json) -> Iterator[Json]:
    """Yield a streamed answer, piece by piece, with the usage last where it is asked for."""
    base = {
        "id": STREAM_ID,
        "object": "chat.completion.chunk",
        "created": 1_760_000_000,
        "model": SERVED_MODEL,
    }
    deltas: list[Json] = [
        {"role": "assistant", "content": ""},
        *({"content": text} for text in STREAMED),
    ]
    for delta in deltas:
        yield {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    yield {**base, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    if (request.get("stream_options") or {}).get("include_usage"):
        yield {**base, "choices": [], "usage": usage()}


def embeddings(request: Json) -> Json:
    """Return the same vector for every text."""
    vector: Any = list(VECTOR)
    if request.get("encoding_format") == "base64":
        vector = b64encode(struct.pack(f"<{len(VECTOR)}f", *VECTOR)).decode()
    texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
    return {
        "object": "list",
        "model": request["model"],
        "data": [
            {"object": "embedding", "index": i, "embedding": vector} for i, _ in enumerate(texts)
        ],
        "usage": {"prompt_tokens": EMBEDDING_USAGE, "total_tokens": EMBEDDING_USAGE},
    }


def response(request: Json) -> Json:
    """Answer in the shape of the Responses API."""
    text = {"type": "output_text", "text": ANSWER, "annotations": [], "logprobs": []}
    message = {
        "id": "msg_1",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [text],
    }
    return {
        "id": RESPONSE_ID,
        "object": "response",
        "created_at": 1_760_000_000,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "instructions": request.get("instructions"),
        "model": SERVED_MODEL,
        "output": [message],
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": request.get("tools") or [],
        "top_p": 1.0,
        "metadata": {},
        "usage": {
            "input_tokens": USAGE["input"],
            "input_tokens_details": {"cached_tokens": USAGE["cached"]},
            "output_tokens": USAGE["output"],
            "output_tokens_details": {"reasoning_tokens": USAGE["reasoning"]},
            "total_tokens": USAGE["input"] + USAGE["output"],
        },
    }


_ANSWERS: Final = {
    "/v1/chat/completions": chat_completion,
    "/v1/embeddings": embeddings,
    "/v1/responses": response,
}


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer a request."""
        request: Json = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = _ANSWERS.get(self.path)
        if answer is None:
            self._send_json(
                404, {"error": {"message": "no such path", "type": "invalid_request_error"}}
            )
        elif request["model"] not in (CHAT_MODEL, EMBEDDING_MODEL):
            self._send_json(404, _no_such_model(request["model"]))
        elif request.get("stream"):
            self._send_chunks(chunks(request))
        else:
            self._send_json(200, answer(request))

    def _send_json(self, status: int, body: Json) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _send_chunks(self, pieces: Iterator[Json]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(f"data: {json.dumps(piece)}\n\n".encode())
            self.wfile.flush()
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: the tests read what the clients say."""


def _no_such_model(model: str) -> Json:
    message = f"The model `{model}` does not exist or you do not have access to it."
    return {
        "error": {
            "message": message,
            "type": "invalid_request_error",
            "param": None,
            "code": "model_not_found",
        }
    }


@contextmanager
def running_stand_in() -> Iterator[str]:
    """Serve for the length of a with block; give the base URL that clients are told."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, name="stand-in", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    with running_stand_in() as url:
        print(url, flush=True)  # noqa: T201 - it is a command
        threading.Event().wait()
