"""The Open Inference Protocol, version 2, over HTTP: health, metadata, and tensors in and out.

Source: github.com/kserve/open-inference-protocol; the extension for binary tensors is Triton's.
"""

from .infer import infer_envelope
from .models import inference_routes, tensors_in, tensors_out

__all__ = ["infer_envelope", "inference_routes", "tensors_in", "tensors_out"]
