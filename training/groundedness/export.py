"""From trained networks to the file that the product runs: averaged, fused, in int8."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer

from training.groundedness.network import Reader

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def averaged(base: Path, states: Sequence[Path]) -> Reader:
    """Return the reader whose weights are the mean of others trained from the same base (Wortsman et al. 2022)."""
    loaded = [torch.load(path) for path in states]
    network = Reader(base)
    network.load_state_dict(
        {
            name: torch.stack([state[name].float() for state in loaded]).mean(dim=0)
            for name in loaded[0]
        }
    )
    return network


def write(network: Reader, path: Path) -> None:
    """Write a network as ONNX with int8 weights, a scale for each row of them."""
    with TemporaryDirectory() as folder:
        plain, fused = Path(folder) / "plain.onnx", Path(folder) / "fused.onnx"
        _export(network.float().eval(), plain)
        optimised = optimizer.optimize_model(
            str(plain), model_type="bert", num_heads=12, hidden_size=384, opt_level=0
        )
        optimised.change_graph_inputs_to_int32()
        optimised.save_model_to_file(str(fused))
        quantize_dynamic(
            str(fused),
            str(path),
            per_channel=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Attention", "EmbedLayerNormalization"],
            extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
        )


def _export(network: Reader, path: Path) -> None:
    ids = torch.randint(1_000, 20_000, (2, 64))
    with torch.no_grad():
        torch.onnx.export(
            network,
            (ids, torch.ones_like(ids), torch.zeros_like(ids)),
            str(path),
            input_names=list(_INPUTS),
            output_names=["logits"],
            dynamic_axes={name: {0: "windows", 1: "tokens"} for name in (*_INPUTS, "logits")},
            opset_version=17,
            dynamo=False,
        )
