"""What is known to hold no content, and therefore leaves in plain under `hashed` and `none`.

An allow-list: an attribute that is not named here is withheld, whatever convention it is of.
The names are in kept_attributes.txt.
"""

import re
from importlib.resources import files
from typing import Final

LONGEST_LABEL: Final = 128

KEPT: Final = frozenset(
    line
    for line in (files("groundwire") / "kept_attributes.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
)
"""Attributes whose text leaves, as long as it is one line of at most `LONGEST_LABEL` characters."""

PERSONAL: Final = frozenset(
    key for key in KEPT if key.endswith(("user.id", "user_id", "userId", "enduser.id"))
) | {
    "gen_ai.evaluation.author",
    "gen_ai.request.user",
    "gen_ai.user",
    "llm.user",
    "metadata.user_api_key_end_user_id",
    "mlflow.trace.user",
}
"""Of those, who a person is: withheld where it is an e-mail address rather than an id."""

MESSAGES: Final = frozenset(
    {"gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions"}
)
DOCUMENTS: Final = "gen_ai.retrieval.documents"
TOOLS: Final = "gen_ai.tool.definitions"

# Messages spread over numbered keys (OpenInference, OpenLLMetry): what of them is no text of the conversation.
SPREAD: Final = re.compile(
    r"(?:gen_ai\.(?:prompt|completion)|llm\.(?:input_messages|output_messages|request\.functions))\.\d{1,5}\."
    r"(?:\w{1,32}\.|\d{1,5}\.){0,6}"
    r"(?:role|finish_reason|type|(?:tool_)?call\.id|tool_call_id|function_call_name|function\.name|name)"
    r"|(?:retrieval\.documents|reranker\.(?:input|output)_documents)\.\d{1,5}\.document\.(?:id|mime_type)"
)
CONTENT_NUMBERS: Final = re.compile(
    r"gen_ai\.(?:tool\.(?:call\.|args|input|output)|input|output|prompt\.variable|memory)|input\.value|output\.value"
    r"|.*\.(?:vector|embedding|embeddings)$"
)
"""Attributes whose numbers are content as well: a tool's argument, an embedding."""

_IDENTIFIER: Final = re.compile(r"[A-Za-z_<][\w.:<>$-]{0,63}")
_ATTRIBUTE_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.:\-/]{0,127}")


def is_label(text: str) -> bool:
    """Say whether text is short enough for a name or an id, and on one line."""
    return len(text) <= LONGEST_LABEL and text.isprintable()


def is_identifier(text: str) -> bool:
    """Say whether text is one word as code has it: `ChatCompletion`, `openai.chat`, `shop.answer.<locals>.ask`."""
    return _IDENTIFIER.fullmatch(text) is not None


def is_key(text: str) -> bool:
    """Say whether text looks like an attribute's key rather than like prose."""
    return _ATTRIBUTE_KEY.fullmatch(text) is not None
