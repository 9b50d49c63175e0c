"""Retrieved documents: {id, content, score, distance?, metadata?, title?, url?} in rank order.

`score` is higher-is-better, `distance` lower-is-better; neither is made from the other.
"""

from collector.dialects.values import Json, Object, as_object, decoded, first, present, without

DOCUMENTS = "gen_ai.retrieval.documents"
QUERY = "gen_ai.retrieval.query.text"

_IDS = ("id", "document_id", "doc_id", "chunk_id")
_CONTENTS = ("content", "page_content", "pageContent", "text", "document")
_SCORES = ("score", "relevance_score", "similarity", "similarity_score")
_KNOWN = (*_CONTENTS, *_SCORES, "distance", "metadata", "title", "url", "id")
_QUERIES = ("query", "question", "search_query", "query_str")


def document_of(value: Json) -> Object | None:
    """Return one retrieved document; None if `value` has no content.

    Read are LangChain's documents (plain and serialised), [document, score] pairs, and objects
    that name their content as retrievers do.
    """
    value = decoded(value) if not isinstance(value, str) else value
    if isinstance(value, list):
        return _scored(value)
    if not isinstance(value, dict):
        return None
    source = value.get("kwargs") if "lc" in value else value
    content = first(source, *_CONTENTS) if isinstance(source, dict) else None
    if not isinstance(source, dict) or content is None:
        return None
    document = present(
        id=_identity(source),
        content=content,
        score=first(source, *_SCORES),
        distance=source.get("distance"),
        metadata=decoded(source.get("metadata")),
        title=source.get("title"),
        url=source.get("url"),
    )
    for name, rest in without(source, *_KNOWN).items():
        document.setdefault(name, rest)
    return document


def documents_of(value: Json) -> list[Json] | None:
    """Return a list of documents; None unless every element is one. Text alone is content."""
    value = decoded(value)
    if isinstance(value, dict):
        value = first(value, "documents", "docs", "results", "matches")
    if not isinstance(value, list) or not value:
        return None
    found: list[Json] = []
    for item in value:
        document = document_of({"content": item} if isinstance(item, str) else item)
        if document is None:
            return None
        found.append(document)
    return found


def query_of(value: Json) -> str | None:
    """Return the query text among a retriever's inputs: text, or the member that names it."""
    value = decoded(value)
    if isinstance(value, dict):
        value = first(as_object(value.get("kwargs")) or value, *_QUERIES)
    return value if isinstance(value, str) and value else None


def _scored(pair: list[Json]) -> Object | None:
    if len(pair) != 2 or not isinstance(pair[1], (int, float)):
        return None
    document = document_of(pair[0]) if isinstance(pair[0], dict) else None
    if document is not None:
        document.setdefault("score", pair[1])
    return document


def _identity(source: Object) -> str | None:
    value = first(source, *_IDS)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None
