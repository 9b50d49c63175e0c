"""Pydantic AI, LangSmith, MLflow, LangWatch, Laminar, Google ADK, Genkit: content as JSON."""

from tests.collector.dialects.otlp import dumps, loads, message, rewritten

_TOOL_CALL = {"type": "tool_call", "id": "c1", "name": "f", "arguments": {"x": 1}}


def test_pydantic_ai_history_is_split_into_input_and_output() -> None:
    """An agent run's whole history: the agent's last message is the output."""
    history = [
        message("user", "Hi"),
        message("assistant", {**_TOOL_CALL, "arguments": '{"x": 1}'}),
        message("user", {"type": "tool_call_response", "id": "c1", "name": "f", "result": 7}),
        message("assistant", "Seven"),
    ]
    span = rewritten({"pydantic_ai.all_messages": dumps(history), "final_result": "Seven"})
    assert loads(span["gen_ai.input.messages"]) == [
        message("user", "Hi"),
        message("assistant", _TOOL_CALL),
        message("user", {"type": "tool_call_response", "id": "c1", "response": 7, "name": "f"}),
    ]
    assert loads(span["gen_ai.output.messages"]) == [message("assistant", "Seven")]
    assert "pydantic_ai.all_messages" not in span
    assert span["final_result"] == "Seven"


def test_pydantic_ai_events_in_an_attribute() -> None:
    """Version 1 keeps message events as a JSON list; it becomes input and output."""
    events = [
        {"event.name": "gen_ai.system.message", "role": "system", "content": "Be brief."},
        {"event.name": "gen_ai.user.message", "role": "user", "content": "Hi"},
        {
            "event.name": "gen_ai.choice",
            "index": 0,
            "message": {"role": "assistant", "content": "Hello"},
        },
    ]
    parameters = {"function_tools": [{"name": "f", "parameters_json_schema": {"type": "object"}}]}
    span = rewritten({"events": dumps(events), "model_request_parameters": dumps(parameters)})
    assert loads(span["gen_ai.input.messages"]) == [
        message("system", "Be brief."),
        message("user", "Hi"),
    ]
    assert loads(span["gen_ai.output.messages"]) == [message("assistant", "Hello")]
    assert loads(span["gen_ai.tool.definitions"]) == [
        {"type": "function", "name": "f", "parameters": {"type": "object"}}
    ]
    assert "events" not in span


def test_logfire_request_and_response() -> None:
    """Logfire's OpenAI integration: messages are taken out, what else was said is kept."""
    span = rewritten(
        {
            "logfire.msg_template": "Chat Completion with {request_data[model]!r}",
            "request_data": dumps(
                {"messages": [{"role": "user", "content": "Hi"}], "model": "m", "temperature": 0}
            ),
            "response_data": dumps(
                {
                    "message": {"role": "assistant", "content": "Hello"},
                    "usage": {"prompt_tokens": 3, "completion_tokens": 1},
                }
            ),
        }
    )
    assert loads(span["gen_ai.input.messages"]) == [message("user", "Hi")]
    assert loads(span["gen_ai.output.messages"]) == [message("assistant", "Hello")]
    assert loads(span["request_data"]) == {"model": "m", "temperature": 0}
    assert span["gen_ai.usage.input_tokens"] == 3
    assert span["gen_ai.request.temperature"] == 0.0


def _lc(kind: str, **kwargs: object) -> dict[str, object]:
    names = ["langchain", "schema", kind]
    return {"lc": 1, "type": "constructor", "id": names, "kwargs": kwargs}


def test_langsmith_model_runs() -> None:
    """LangChain's serialised messages of a model run are read; a batch of one is unwrapped."""
    call = {"name": "f", "args": {"x": 1}, "id": "c1", "type": "tool_call"}
    answer = _lc("AIMessage", content="", tool_calls=[call], type="ai")
    span = rewritten(
        {
            "langsmith.span.kind": "llm",
            "gen_ai.prompt": dumps(
                {
                    "messages": [
                        [_lc("SystemMessage", content="S"), _lc("HumanMessage", content="H")]
                    ]
                }
            ),
            "gen_ai.completion": dumps(
                {
                    "generations": [
                        [
                            {
                                "text": "",
                                "message": answer,
                                "generation_info": {"finish_reason": "tool_calls"},
                            }
                        ]
                    ],
                    "llm_output": {"model_name": "m"},
                }
            ),
            "gen_ai.usage.input_token_details": '{"cache_read": 4, "cache_creation": 1}',
            "langsmith.usage_metadata": '{"input_tokens": 9, "output_tokens": 2}',
        }
    )
    assert loads(span["gen_ai.input.messages"]) == [message("system", "S"), message("user", "H")]
    (output,) = loads(span["gen_ai.output.messages"])
    assert output["parts"] == [_TOOL_CALL]
    assert output["finish_reason"] == "tool_calls"
    assert loads(span["gen_ai.completion"]) == {"llm_output": {"model_name": "m"}}
    assert "gen_ai.prompt" not in span
    assert span["gen_ai.usage.cache_read.input_tokens"] == 4
    assert span["gen_ai.usage.cache_write.input_tokens"] == 1
    assert span["gen_ai.usage.input_tokens"] == 9


def test_langsmith_retrievers_and_chains() -> None:
    """A retriever's documents are read; a chain's inputs and outputs stay its payload."""
    documents = {"documents": [{"page_content": "a", "metadata": {"p": 1}, "type": "Document"}]}
    span = rewritten(
        {
            "langsmith.span.kind": "retriever",
            "gen_ai.prompt": '{"query": "q"}',
            "gen_ai.completion": dumps(documents),
        }
    )
    assert loads(span["gen_ai.retrieval.documents"]) == [
        {"content": "a", "metadata": {"p": 1}, "type": "Document"}
    ]
    assert span["gen_ai.retrieval.query.text"] == "q"
    chain = {"langsmith.span.kind": "chain", "gen_ai.prompt": '{"messages": []}'}
    assert rewritten(chain) == chain


def test_mlflow_values_lose_their_outer_quotes() -> None:
    """Every text of an MLflow span is JSON; it is undone, also for keys of the app."""
    span = rewritten(
        {
            "mlflow.spanType": '"TOOL"',
            "mlflow.trace.user": '"ada"',
            "mlflow.spanInputs": '{"city": "Oslo"}',
            "mine": '"word"',
        }
    )
    assert span == {
        "mlflow.spanType": "TOOL",
        "mlflow.trace.user": "ada",
        "mlflow.spanInputs": '{"city": "Oslo"}',
        "mine": "word",
    }


def test_mlflow_model_calls() -> None:
    """Messages, answer, usage, cost and prompt come out of MLflow's JSON."""
    span = rewritten(
        {
            "mlflow.spanType": '"CHAT_MODEL"',
            "mlflow.spanInputs": dumps(
                {"messages": [{"role": "user", "content": "Hi"}], "temperature": 0.5}
            ),
            "mlflow.spanOutputs": dumps(
                {
                    "id": "x",
                    "choices": [
                        {
                            "index": 0,
                            "message": {"role": "assistant", "content": "Hello"},
                            "finish_reason": "stop",
                        }
                    ],
                }
            ),
            "mlflow.chat.tokenUsage": dumps(
                {"input_tokens": 10, "output_tokens": 2, "cache_read_input_tokens": 90}
            ),
            "mlflow.llm.cost": '{"total_cost": 0.01}',
            "mlflow.linkedPrompts": '[{"name": "p", "version": "2"}]',
        }
    )
    assert loads(span["gen_ai.input.messages"]) == [message("user", "Hi")]
    assert loads(span["gen_ai.output.messages"]) == [
        message("assistant", "Hello", finish_reason="stop")
    ]
    assert loads(span["mlflow.spanOutputs"]) == {"id": "x"}
    assert span["gen_ai.usage.input_tokens"] == 10
    assert span["groundwire.usage.uncached_input_tokens"] == 10
    assert span["gen_ai.usage.cache_read.input_tokens"] == 90
    assert span["gen_ai.usage.cost"] == 0.01
    assert span["gen_ai.prompt.version"] == "2"
    assert span["gen_ai.request.temperature"] == 0.5
    assert "mlflow.chat.tokenUsage" not in span


def test_mlflow_retrievers() -> None:
    """A retriever's outputs become documents, with the query from its inputs."""
    span = rewritten(
        {
            "mlflow.spanType": '"RETRIEVER"',
            "mlflow.spanInputs": '{"query": "q?"}',
            "mlflow.spanOutputs": dumps([{"page_content": "a", "id": "1", "metadata": {}}]),
        }
    )
    assert loads(span["gen_ai.retrieval.documents"]) == [
        {"id": "1", "content": "a", "metadata": {}}
    ]
    assert span["gen_ai.retrieval.query.text"] == "q?"


def test_langwatch() -> None:
    """Typed payloads are unwrapped; contexts, metrics and timestamps become canonical."""
    span = rewritten(
        {
            "langwatch.span.type": "llm",
            "langwatch.input": dumps(
                {"type": "chat_messages", "value": [{"role": "user", "content": "Hi"}]}
            ),
            "langwatch.output": dumps({"type": "text", "value": "Hello"}),
            "langwatch.rag.contexts": dumps([{"document_id": "d", "content": "c"}]),
            "langwatch.metrics": dumps({"promptTokens": 3, "completionTokens": 1, "cost": 0.1}),
            "langwatch.timestamps": dumps({"started_at": 1000, "first_token_at": 1250}),
        }
    )
    assert loads(span["gen_ai.input.messages"]) == [message("user", "Hi")]
    assert span["langwatch.output"] == "Hello"
    assert loads(span["gen_ai.retrieval.documents"])[0]["content"] == "c"
    assert span["gen_ai.usage.output_tokens"] == 1
    assert span["gen_ai.usage.cost"] == 0.1
    assert span["gen_ai.response.time_to_first_chunk"] == 0.25


def test_laminar_model_spans() -> None:
    """Laminar's LLM payloads are messages; those of its tools stay payloads."""
    span = rewritten(
        {
            "lmnr.span.type": "LLM",
            "lmnr.span.input": '[{"role": "user", "content": "Hi"}]',
            "lmnr.span.output": '[{"role": "assistant", "content": "Hello"}]',
        }
    )
    assert loads(span["gen_ai.output.messages"]) == [message("assistant", "Hello")]
    assert span.keys() == {"lmnr.span.type", "gen_ai.input.messages", "gen_ai.output.messages"}
    tool = {"lmnr.span.type": "TOOL", "lmnr.span.input": '{"role": "user", "content": "x"}'}
    assert rewritten(tool) == tool


def test_google_adk() -> None:
    """Gemini's contents, system instruction, functions and usage are read."""
    span = rewritten(
        {
            "gcp.vertex.agent.llm_request": dumps(
                {
                    "model": "gemini-2.5-pro",
                    "config": {
                        "system_instruction": "Be brief.",
                        "temperature": 0.1,
                        "tools": [{"function_declarations": [{"name": "f", "parameters": {}}]}],
                    },
                    "contents": [
                        {"role": "user", "parts": [{"text": "Hi"}]},
                        {
                            "role": "model",
                            "parts": [
                                {"function_call": {"id": "c1", "name": "f", "args": {"x": 1}}}
                            ],
                        },
                        {
                            "role": "user",
                            "parts": [{"function_response": {"id": "c1", "response": {"r": 7}}}],
                        },
                    ],
                }
            ),
            "gcp.vertex.agent.llm_response": dumps(
                {
                    "content": {"role": "model", "parts": [{"text": "Seven"}]},
                    "finish_reason": "STOP",
                    "usage_metadata": {
                        "prompt_token_count": 9,
                        "candidates_token_count": 2,
                        "thoughts_token_count": 5,
                        "cached_content_token_count": 4,
                    },
                }
            ),
        }
    )
    assert loads(span["gen_ai.input.messages"]) == [
        message("user", "Hi"),
        message("assistant", _TOOL_CALL),
        message("user", {"type": "tool_call_response", "id": "c1", "response": {"r": 7}}),
    ]
    assert loads(span["gen_ai.output.messages"]) == [
        message("assistant", "Seven", finish_reason="STOP")
    ]
    assert loads(span["gen_ai.system_instructions"]) == [{"type": "text", "content": "Be brief."}]
    assert [tool["name"] for tool in loads(span["gen_ai.tool.definitions"])] == ["f"]
    assert span["gen_ai.usage.output_tokens"] == 7
    assert span["gen_ai.usage.cache_read.input_tokens"] == 4
    assert span["gen_ai.request.model"] == "gemini-2.5-pro"


def test_google_adk_tool_spans_stay() -> None:
    """On tool spans the model's objects are `{}`; they and the tool's payloads are untouched."""
    sent = {
        "gcp.vertex.agent.llm_request": "{}",
        "gcp.vertex.agent.llm_response": "{}",
        "gcp.vertex.agent.tool_call_args": '{"x": 1}',
    }
    assert rewritten(sent) == sent


def test_genkit_model_actions() -> None:
    """Genkit's request and response, with its tool requests, become messages."""
    span = rewritten(
        {
            "genkit:metadata:subtype": "model",
            "genkit:input": dumps({"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}),
            "genkit:output": dumps(
                {
                    "message": {
                        "role": "model",
                        "content": [{"toolRequest": {"ref": "c1", "name": "f", "input": {"x": 1}}}],
                    },
                    "usage": {"inputTokens": 3, "outputTokens": 1},
                }
            ),
        }
    )
    assert loads(span["gen_ai.input.messages"]) == [message("user", "Hi")]
    assert loads(span["gen_ai.output.messages"]) == [message("assistant", _TOOL_CALL)]
    assert span["gen_ai.usage.input_tokens"] == 3
