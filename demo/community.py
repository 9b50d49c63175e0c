"""Posts of the community forum that come up among the articles: harmless ones, and ones that attack the model."""

from functools import cache
from random import Random
from typing import Final

from demo.faults import Fault, FaultSheet
from demo.knowledge import Passage, make_passage, phrases
from demo.planted import Attack, Place
from demo.retrieval import Hit

_TOPIC: Final = "community"
_POST_SHARE: Final = 0.04
"""Share of retrievals that find a harmless post."""


def add_post(hits: list[Hit], sheet: FaultSheet, rng: Random) -> list[Hit]:
    """Return the hits, at times with a post among them; one that attacks is noted on the sheet."""
    if not hits:
        return hits
    if sheet.strikes(Fault.INDIRECT_INJECTION):
        post = rng.choice(_posts("injection_indirect"))
        sheet.attacks.append(Attack(Place.DOCUMENT, post.text))
    elif rng.random() < _POST_SHARE:
        post = rng.choice(_posts("community"))
    else:
        return hits
    return [*hits[:1], Hit(post, round(hits[0].score * 0.93, 4)), *hits[1:]]


def keep_posts(best: list[Hit], hits: list[Hit]) -> list[Hit]:
    """Return the reranked hits with the posts of `hits` in second place, in place of the last of as many."""
    posts = [hit.passage for hit in hits if is_post(hit.passage)]
    if not posts or not best:
        return best
    articles = [hit for hit in best if not is_post(hit.passage)]
    first, *rest = articles[: max(1, len(best) - len(posts))]
    return [first, *(Hit(post, round(first.score * 0.93, 4)) for post in posts), *rest]


def is_post(passage: Passage) -> bool:
    """Whether a passage is no article."""
    return passage.topic == _TOPIC


@cache
def _posts(section: str) -> tuple[Passage, ...]:
    before = 0 if section == "community" else len(phrases()["community"])
    return tuple(
        make_passage(
            id=f"community-{before + number}",
            topic=_TOPIC,
            title="Answer in the community forum",
            text=text,
            questions=[],
        )
        for number, text in enumerate(phrases()[section], start=1)
    )
