"""Training of the reader, and what a trained one says of examples."""

import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from analytics.groundedness.parts import Part, parts
from analytics.groundedness.passages import Passages
from analytics.groundedness.reader import SUMMARY, summary
from analytics.groundedness.windows import Tokens, Window, windows
from training.groundedness.augmentation import spoiled
from training.groundedness.labelled import Example
from training.groundedness.network import Item, Reader, batch, loss_of

RATE: Final = 1.5e-4
HEAD_RATE: Final = 1e-3
STEP_TOKENS: Final = 2_560
WARM_UP: Final = 0.06
SPOILED: Final = {"ragtruth": 0.3, "mtrag": 0.3, "wice": 0.3, "summedits": 0.0, "begin": 0.3}
"""How many of a data set's examples are made wrong on the way."""

SHARES: Final = {"ragtruth": 1577, "summedits": 500, "begin": 500, "wice": 220, "mtrag": 90}
"""Examples of each set in a round, of all that it has: the first is what we want to be good at, and the others keep
it from learning only that."""


def items_of(tokens: Tokens, example: Example) -> list[Item]:
    """Return the windows of an example with the labels of their tokens and parts."""
    found = parts(example.answer)
    if not found or not example.contexts:
        return []
    made = windows(tokens, example.question, Passages(example.contexts), found)
    return [_labelled(window, example, found, alone=len(made) == 1) for window in made]


def _labelled(window: Window, example: Example, found: Sequence[Part], *, alone: bool) -> Item:
    if example.spans is None:
        # Which of several windows is to blame is not known; the first is taken where there are more.
        return Item(window, [-1] * len(window.characters), [-1] * len(window.parts), int(alone))
    tokens = [_overlaps(place, example.spans) for place in window.characters]
    places = [(found[index].start, found[index].end) for index, _, _ in window.parts]
    labels = [_overlaps(place, example.spans) for place in places]
    return Item(window, tokens, labels, int(any(labels)))


def _overlaps(place: tuple[int, int], spans: Sequence[tuple[int, int]]) -> int:
    return int(any(start < place[1] and place[0] < end for start, end in spans))


def train(
    base: Path,
    tokens: Tokens,
    examples: Sequence[Example],
    *,
    budget: int,
    seed: int,
    dropout: bool,
) -> Reader:
    """Train a reader from the base model on about `budget` tokens of examples, and return it."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    network = Reader(base).bfloat16().train(dropout)
    learned = [parameter for parameter in network.parameters() if parameter.requires_grad]
    masters = [parameter.detach().float().clone() for parameter in learned]
    head = {id(parameter) for parameter in network.head.parameters()}
    optimiser = torch.optim.AdamW(
        [
            {
                "params": [m for m, p in zip(masters, learned, strict=True) if id(p) not in head],
                "lr": RATE,
            },
            {
                "params": [m for m, p in zip(masters, learned, strict=True) if id(p) in head],
                "lr": HEAD_RATE,
            },
        ],
        weight_decay=0.01,
        betas=(0.9, 0.98),
        fused=True,
    )
    seen, step, began, losses = 0, 0, time.monotonic(), []
    while seen < budget:
        for items in _batches(tokens, _round(examples, chance), chance):
            done = seen / budget
            pace = min(1.0, done / WARM_UP + 0.02) * max(0.0, 1 - done)
            for group, rate in zip(optimiser.param_groups, (RATE, HEAD_RATE), strict=True):
                group["lr"] = rate * pace
            ids, mask, types = batch(items)
            loss = loss_of(network(ids, mask, types).float(), items)
            loss.backward()
            _update(optimiser, learned, masters)
            seen += int(mask.sum())
            step += 1
            losses.append(float(loss.detach()))
            if step % 20 == 0:
                speed = seen / (time.monotonic() - began)
                print(
                    f"  step {step}, {done:.0%}, loss {np.mean(losses[-20:]):.4f}, {speed:.0f} tokens/s",
                    flush=True,
                )
            if seen >= budget:
                break
    return network.eval()


def _update(
    optimiser: torch.optim.Optimizer,
    learned: Sequence[torch.Tensor],
    masters: Sequence[torch.Tensor],
) -> None:
    """Step in full precision: bfloat16 is too coarse for small steps, and fast only to compute with."""
    for parameter, master in zip(learned, masters, strict=True):
        master.grad = None if parameter.grad is None else parameter.grad.float()
        parameter.grad = None
    torch.nn.utils.clip_grad_norm_(masters, 1.0)
    optimiser.step()
    with torch.no_grad():
        for parameter, master in zip(learned, masters, strict=True):
            parameter.copy_(master)


def _round(examples: Sequence[Example], chance: random.Random) -> list[Example]:
    """Return the examples of one round: shares of each set, some made wrong."""
    drawn: list[Example] = []
    donors = [example for example in examples if example.dataset == "ragtruth"]
    for dataset, share in SHARES.items():
        own = [example for example in examples if example.dataset == dataset]
        for example in chance.sample(own, min(share, len(own))):
            wrong = chance.random() < SPOILED[dataset]
            drawn.append(spoiled(example, chance, donors) if wrong else example)
    chance.shuffle(drawn)
    return drawn


def _batches(
    tokens: Tokens, examples: Sequence[Example], chance: random.Random
) -> list[list[Item]]:
    """Return batches of windows of about one length, in any order."""
    items = [item for example in examples for item in items_of(tokens, example)]
    items = [item for item in items if item.whole == 1 or not item.tokens or item.tokens[0] >= 0]
    items.sort(key=lambda item: len(item.window.ids) + chance.random() * 24)
    batches: list[list[Item]] = [[]]
    for item in items:
        if batches[-1] and (len(batches[-1]) + 1) * len(item.window.ids) > STEP_TOKENS:
            batches.append([])
        batches[-1].append(item)
    chance.shuffle(batches)
    return batches


@torch.no_grad()
def read(
    network: Reader, tokens: Tokens, examples: Sequence[Example]
) -> list[npt.NDArray[np.float64]]:
    """Return what a reader says of examples: of each a row a part, as the product's reader gives them."""
    work = []
    answers = [np.zeros((len(parts(example.answer)), len(SUMMARY))) for example in examples]
    for number, example in enumerate(examples):
        work.extend((number, item) for item in items_of(tokens, example))
    work.sort(key=lambda one: len(one[1].window.ids))
    for start in range(0, len(work), 24):
        some = work[start : start + 24]
        logits = network(*batch([item for _, item in some])).float().numpy()
        for row, (number, item) in enumerate(some):
            for index, first, last in item.window.parts:
                answers[number][index] = summary(logits[row, first:last])
    return answers
