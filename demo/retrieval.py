"""Retrieval over the help articles: BM25 blended with TF-IDF cosine, then a reranker."""

import math
from collections import Counter
from dataclasses import dataclass
from functools import cache

from demo.knowledge import Passage, passages, terms

_K1 = 1.4
_B = 0.7


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query; higher scores are better."""

    passage: Passage
    score: float


class Index:
    """An inverted index whose postings hold finished weights, so that a search only adds."""

    def __init__(self, documents: tuple[Passage, ...]) -> None:
        self._documents = documents
        counts = [Counter(terms(f"{d.title} {d.title} {d.text}")) for d in documents]
        frequency = Counter(term for count in counts for term in count)
        self._idf = {
            term: math.log(1 + (len(documents) - n + 0.5) / (n + 0.5))
            for term, n in frequency.items()
        }
        average = sum(count.total() for count in counts) / len(counts)
        self._postings: dict[str, list[tuple[int, float, float]]] = {}
        for number, count in enumerate(counts):
            self._add(number, count, count.total() / average)

    def _add(self, number: int, count: Counter[str], length: float) -> None:
        norm = math.sqrt(sum((n * self._idf[term]) ** 2 for term, n in count.items()))
        for term, n in count.items():
            bm25 = self._idf[term] * n * (_K1 + 1) / (n + _K1 * (1 - _B + _B * length))
            cosine = n * self._idf[term] / norm
            self._postings.setdefault(term, []).append((number, bm25, cosine))

    def embed(self, text: str) -> dict[str, float]:
        """Return the text as a sparse unit vector of TF-IDF weights; unknown words weigh 0."""
        count = Counter(terms(text))
        vector = {term: n * self._idf[term] for term, n in count.items() if term in self._idf}
        norm = math.sqrt(sum(weight * weight for weight in vector.values()))
        return {term: weight / norm for term, weight in vector.items()}

    def search(self, vector: dict[str, float], top_k: int) -> list[Hit]:
        """Return the best passages for an embedded query, best first."""
        scores: dict[int, float] = {}
        for term, weight in vector.items():
            for number, bm25, cosine in self._postings[term]:
                scores[number] = scores.get(number, 0.0) + bm25 + 4 * weight * cosine
        best = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:top_k]
        return [Hit(self._documents[number], round(score, 4)) for number, score in best]


@cache
def article_index() -> Index:
    """Return the index over all help articles."""
    return Index(passages())


@cache
def _words_of(passage: Passage) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(terms(passage.title)), frozenset(terms(passage.text))


def rerank(query: str, hits: list[Hit], top_k: int) -> list[Hit]:
    """Orders hits anew by the share of query words they hold, title words counting double.

    Scores are 0 to 1.
    """
    wanted = frozenset(terms(query))
    scored = [Hit(hit.passage, _overlap(wanted, hit)) for hit in hits]
    return sorted(scored, key=lambda hit: -hit.score)[:top_k]


def _overlap(wanted: frozenset[str], hit: Hit) -> float:
    if not wanted:
        return 0.0
    title, text = _words_of(hit.passage)
    share = (len(wanted & title) + 2 * len(wanted & (title | text))) / (3 * len(wanted))
    # The first stage breaks ties: overlap alone is coarse on short questions.
    return round(0.7 * share + 0.3 * hit.score / (hit.score + 8), 4)


@cache
def _sentence_words(passage: Passage) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(terms(sentence)) for sentence in passage.sentences)


def best_sentences(query: str, passage: Passage, count: int) -> list[int]:
    """Return the places of the sentences of a passage that are nearest to the query, in reading order."""
    wanted = frozenset(terms(query))
    words = _sentence_words(passage)
    order = sorted(range(len(words)), key=lambda n: (-len(wanted & words[n]), n))
    return sorted(order[:count])
