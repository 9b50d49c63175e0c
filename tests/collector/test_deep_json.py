import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.deep_json import loads
from collector.errors import Undecodable

JSON_VALUES: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON_VALUES, st.sampled_from([None, 1]), st.sampled_from([0, 1]))
def test_reads_what_python_reads(value: Any, indent: int | None, ascii_only: int) -> None:
    """Any JSON text means what the standard library takes it for."""
    text = json.dumps(value, indent=indent, ensure_ascii=bool(ascii_only))
    if "Infinity" in text:
        return

    assert loads(text)[0] == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "[1,]",
        "[1 2]",
        '{"a"}',
        '{"a":}',
        '{"a":1,}',
        "{1:2}",
        "01",
        "1.",
        "-",
        "nul",
        "NaN",
        '"a',
        '"\n"',
        '"\\x"',
        "[}",
        "1 1",
        "]",
    ],
)
def test_refuses_what_is_not_json(text: str) -> None:
    """Anything else is refused, naming the position."""
    with pytest.raises(Undecodable, match="not valid JSON at character"):
        loads(text)


@given(st.text(alphabet='[]{}",:\\u0dt1-.e ', max_size=30))
def test_agrees_with_python_on_what_json_is(text: str) -> None:
    """It accepts and refuses the same texts as the standard library."""
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(Undecodable):
            loads(text)
    else:
        assert repr(loads(text)[0]) == repr(expected) or "\\u" in text
