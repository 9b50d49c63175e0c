"""Tool definitions in the OTel GenAI shape: {type: function, name, description?, parameters?}."""

from collector.dialects.values import Json, Object, as_list, decoded, first, present, without

DEFINITIONS = "gen_ai.tool.definitions"

_SCHEMAS = ("parameters", "input_schema", "inputSchema", "parameters_json_schema", "json_schema")


def tool_definition(value: Json) -> Object | None:
    """Return one tool offered to a model; None if `value` names no tool.

    Read are OpenAI's nested and flat form, Anthropic's `input_schema`, MCP's and the AI SDK's
    `inputSchema`, Pydantic AI's `parameters_json_schema`; a definition may itself be JSON text.
    """
    value = decoded(value)
    if not isinstance(value, dict):
        return None
    nested = value.get("function")
    source = {**nested, **without(value, "function", "type")} if isinstance(nested, dict) else value
    name = source.get("name")
    if not isinstance(name, str) or not name:
        return value if isinstance(value.get("type"), str) and value["type"] else None
    kind = value.get("type")
    definition: Object = {"type": kind if isinstance(kind, str) and kind else "function"}
    definition |= present(
        name=name,
        description=first(source, "description"),
        parameters=decoded(first(source, *_SCHEMAS)),
    )
    for key, rest in without(source, "type", "name", "description", *_SCHEMAS).items():
        definition.setdefault(key, rest)
    return definition


def tool_definitions(value: Json) -> list[Json] | None:
    """Return a list of tools; None unless every element is one."""
    found: list[Json] = []
    for item in map(decoded, as_list(value)):
        if isinstance(item, dict) and (gemini := _declarations(item)):
            found += gemini
            continue
        definition = tool_definition(item)
        if definition is None:
            return None
        found.append(definition)
    return found or None


def _declarations(item: Object) -> list[Json]:
    """Gemini groups functions below one tool."""
    functions = as_list(first(item, "function_declarations", "functionDeclarations"))
    read = [tool_definition(function) for function in functions]
    return [definition for definition in read if definition is not None]
