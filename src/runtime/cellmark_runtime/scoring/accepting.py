"""What a bundle takes: its Signature, as widened by the policies that it was packaged with."""

from __future__ import annotations

import msgspec

from ..types.policies import Policies
from ..types.signature import Field, Scalar, Signature

__all__ = ["accepted", "other_of", "said_of"]

_OTHER = "other"
_SAID = {
    "unseen_category": {
        "reject": "a category that training did not know is refused",
        "other": "a category that training did not know counts as {other}, where that is known",
        "missing": "a category that training did not know counts as missing, where that may be",
    },
    "filtered_row": {
        "reject": "a row that the notebook leaves out of training by a condition is refused",
        "score": "a row that the notebook leaves out of training is scored as it is",
    },
    "unexpected_missing": {
        "reject": "a missing value where training had none is refused",
        "score": "a missing value where training had none is scored",
    },
    "extra_column": {
        "ignore": "a column that the model does not know is passed over",
        "reject": "a column that the model does not know is refused",
    },
}


def accepted(signature: Signature, policies: Policies) -> Signature:
    """The Signature that requests are held against."""
    if policies.unexpected_missing == "reject":
        return signature
    inputs = tuple(msgspec.structs.replace(field, nullable=True) for field in signature.inputs)
    return msgspec.structs.replace(signature, inputs=inputs)


def other_of(field: Field) -> Scalar:
    """The category that stands for all others in training: `other`, however written, or None."""
    known = (each for each in field.categories or () if isinstance(each, str))
    return next((each for each in known if each.strip().casefold() == _OTHER), None)


def said_of(policies: Policies) -> dict[str, str]:
    """What each policy means, in words, as `name=value`."""
    stated = msgspec.structs.asdict(policies)
    return {
        f"{name}={value}": _SAID[name][value].format(other="`other`")
        for name, value in stated.items()
    }
