"""The small network that reads evidence and answer together, run by onnxruntime on one core."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from analytics.evaluators.contract import EvaluationFailed
from analytics.groundedness.windows import Tokens, Window

Floats = npt.NDArray[np.float64]

WEIGHTS: Final = Path(__file__).with_name("weights")
"""What the product ships: the network, its tokenizer and what was learned on top."""

SUMMARY: Final = ("worst_token", "worst_three_tokens", "mean_token", "part")
"""What the reader says of a part, in order: logits of being unsupported."""


class Reader:
    """Reads windows. The network is loaded at the first; raises EvaluationFailed where it cannot be."""

    def __init__(self, folder: Path = WEIGHTS, *, threads: int = 1) -> None:
        self._folder = folder
        self._threads = threads
        self._tokens: Tokens | None = None
        self._session: Any = None

    @property
    def tokens(self) -> Tokens:
        """The tokenizer of the network."""
        if self._tokens is None:
            self._tokens = self._load_tokens()
        return self._tokens

    def read(self, windows: Sequence[Window], parts: int) -> Floats:
        """Return a row a part, as SUMMARY names them; each part stands in one of the windows.

        Each window is read by itself: numbers of the int8 network depend a little on what is read together, and an
        answer has to get the same score beside any others.
        """
        rows = np.zeros((parts, len(SUMMARY)))
        for window in windows:
            logits = self._run(window)
            for index, first, last in window.parts:
                rows[index] = summary(logits[first:last])
        return rows

    def _run(self, window: Window) -> npt.NDArray[np.float32]:
        session = self._loaded()
        ids = np.array([window.ids], dtype=np.int32)
        types = np.zeros_like(ids)
        types[0, window.answer_from :] = 1
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}
        logits: npt.NDArray[np.float32] = session.run(None, given)[0][0]
        return logits

    def _loaded(self) -> Any:
        if self._session is None:
            self._session = self._load_network()
        return self._session

    def _load_tokens(self) -> Tokens:
        try:
            return Tokens(self._folder / "tokenizer.json")
        except Exception as error:  # tokenizers raises bare Exceptions
            raise _cannot_load("tokenizer.json", error) from error

    def _load_network(self) -> Any:
        try:
            import onnxruntime  # noqa: PLC0415 - a fifth of a second that only who judges should wait for
        except ImportError as error:
            raise EvaluationFailed(
                "groundedness needs onnxruntime, which is not installed: pip install onnxruntime"
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(
                str(self._folder / "reader.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own classes share no base
            raise _cannot_load("reader.onnx", error) from error


def _cannot_load(file: str, error: Exception) -> EvaluationFailed:
    return EvaluationFailed(
        f"the groundedness model cannot be loaded: {file} ({type(error).__name__}); install Groundwire again"
    )


def summary(logits: npt.NDArray[np.float32]) -> tuple[float, float, float, float]:
    """Return what the logits of a part's tokens, of shape (tokens, 2), come to: see SUMMARY."""
    own = np.sort(logits[:, 0])
    return float(own[-1]), float(own[-3:].mean()), float(own.mean()), float(logits[:, 1].mean())
