"""The network that is trained: a small BERT that reads evidence and answer together, with two figures a token."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional
from transformers import AutoModel

from analytics.groundedness.windows import Window


class Reader(nn.Module):
    """Two logits a token: that it is unsupported, and a second whose mean over a part says that the part is."""

    def __init__(self, base: Path) -> None:
        super().__init__()
        self.body = AutoModel.from_pretrained(
            str(base), attn_implementation="eager", add_pooling_layer=False
        )
        self.head = nn.Linear(self.body.config.hidden_size, 2)
        self.body.embeddings.word_embeddings.weight.requires_grad_(False)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        """Return logits of shape (windows, tokens, 2)."""
        hidden = self.body(
            input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        return self.head(hidden)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Item:
    """A window with what is known of it. A label of -1 is not known."""

    window: Window
    tokens: list[int]
    """A label a token of the answer."""
    parts: list[int]
    """A label a part."""
    whole: int
    """Label of the window: 1 where something in it is unsupported."""


def batch(items: Sequence[Item]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return ids, mask and types of windows, padded to the longest, and on to a multiple of 16.

    The kernels of each length that occurs are kept in memory, so fewer lengths take less of it.
    """
    longest = -(-max(len(item.window.ids) for item in items) // 16) * 16
    ids = torch.zeros(len(items), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    types = torch.zeros_like(ids)
    for row, item in enumerate(items):
        size = len(item.window.ids)
        ids[row, :size] = torch.tensor(item.window.ids)
        mask[row, :size] = 1
        types[row, item.window.answer_from : size] = 1
    return ids, mask, types


def loss_of(logits: torch.Tensor, items: Sequence[Item]) -> torch.Tensor:
    """Return the loss of a batch: of tokens, of parts, and of windows whose parts are not labelled."""
    token_logits, token_labels, part_logits, part_labels = [], [], [], []
    weak = []
    for row, item in enumerate(items):
        start = item.window.answer_from
        own = logits[row, start : start + len(item.tokens), 0]
        means = torch.stack(
            [logits[row, first:last, 1].mean() for _, first, last in item.window.parts]
        )
        if item.whole == 1 and item.tokens and item.tokens[0] < 0:
            weak.append(
                functional.softplus(-_softest(means)) + 0.3 * functional.softplus(-_softest(own))
            )
            continue
        token_logits.append(own)
        token_labels.extend(item.tokens)
        part_logits.append(means)
        part_labels.extend(item.parts)
    total = torch.zeros(())
    if token_logits:
        total = (
            total
            + functional.binary_cross_entropy_with_logits(
                torch.cat(token_logits),
                torch.tensor(token_labels, dtype=torch.float),
                pos_weight=torch.tensor(2.0),
            )
            * 2.0
        )
        total = total + functional.binary_cross_entropy_with_logits(
            torch.cat(part_logits),
            torch.tensor(part_labels, dtype=torch.float),
            pos_weight=torch.tensor(1.5),
        )
    if weak:
        total = total + torch.stack(weak).sum() / max(len(items), 1)
    return total


def _softest(logits: torch.Tensor) -> torch.Tensor:
    """Return a smooth maximum: the worst part decides, and every part learns a little."""
    weights = torch.softmax(logits.detach() * 1.0, dim=0)
    return (weights * logits).sum()
