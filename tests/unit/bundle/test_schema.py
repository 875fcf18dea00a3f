from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from cellmark.bundle.build import text_files
from cellmark.bundle.schema import row_fields, row_type
from cellmark.core.plan import BundlePlan
from cellmark_runtime.types.signature import Field


def signed(plan: BundlePlan, *fields: Field) -> BundlePlan:
    signature = msgspec.structs.replace(plan.signature, inputs=fields)
    return msgspec.structs.replace(plan, signature=signature)


@pytest.mark.parametrize(
    ("field", "annotation"),
    [
        (Field("x", "number", "float64"), "float"),
        (Field("x", "number", "float64", nullable=True), "float | None"),
        (Field("x", "integer", "int64"), "int"),
        (Field("x", "boolean", "bool"), "bool"),
        (Field("x", "datetime", "datetime64[ns]"), "str"),
        (Field("x", "string", "str", categories=("a", "b'c")), "Literal['a', \"b'c\"]"),
        (Field("x", "string", "str", categories=("a", None)), "Literal['a']"),
        (Field("x", "integer", "int64", categories=(1, 2)), "Literal[1, 2]"),
        (Field("x", "number", "float64", categories=(1.5, 2.5)), "float"),
        (Field("x", "string", "str", categories=tuple(map(str, range(99)))), "str"),
    ],
)
def test_a_column_is_typed_as_a_request_carries_it(
    plan: BundlePlan, field: Field, annotation: str
) -> None:
    (rendered,) = row_fields(signed(plan, field))
    assert rendered.annotation == annotation


@pytest.mark.parametrize(
    ("name", "spelt"), [("age", "class"), ("total charges", "call"), ("class", "call")]
)
def test_names_that_are_no_identifiers_are_spelt_as_strings(
    plan: BundlePlan, name: str, spelt: str
) -> None:
    odd = signed(plan, Field(name, "number", "float64"))
    assert row_type(odd) == spelt
    namespace = executed(text_files(odd)["scoring/schema.py"])
    assert list(namespace["Row"].__annotations__) == [name]


def test_frozen_has_a_documented_field_for_each_value(changed: Callable[..., BundlePlan]) -> None:
    plan = changed()
    text = text_files(plan)["scoring/schema.py"]
    for value in plan.frozen:
        assert f"    {value.name}: {value.annotation}\n" in text
        assert f"cell {value.cell}, line {value.line}" in text


def test_a_model_without_frozen_values_has_a_schema_too(
    changed: Callable[..., BundlePlan],
) -> None:
    namespace = executed(text_files(changed(frozen=(), persisted=()))["scoring/schema.py"])
    assert namespace["Frozen"]() == namespace["Frozen"]()


def executed(source: str) -> dict[str, Any]:
    # A dataclass looks its module up by name.
    namespace: dict[str, Any] = {"__name__": __name__}
    exec(compile(source, "schema.py", "exec", dont_inherit=True), namespace)
    return namespace
