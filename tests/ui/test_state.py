"""The state of a list in its URL."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.errors import BadInput
from ui import state, timerange
from ui.state import View
from ui.timerange import TimeRange

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(str.strip)
_TIME = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001 - given a zone right here
    lambda t: t.replace(tzinfo=UTC, microsecond=t.microsecond // 1000 * 1000)
)
_RANGE = st.one_of(
    st.sampled_from([*timerange.PRESETS, "45m", "2w"]).map(lambda last: TimeRange(last=last)),
    st.tuples(_TIME, st.none() | st.timedeltas(timedelta(0), timedelta(days=90))).map(
        lambda t: TimeRange(start=t[0], end=None if t[1] is None else _whole(t[0] + t[1]))
    ),
)


def _whole(time: datetime) -> datetime:
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


_VIEW = st.builds(
    View,
    project=_TEXT,
    range=_RANGE,
    q=_TEXT,
    filter=_TEXT,
    sort=st.sampled_from([sign + key for sign in ("", "-") for key in state.SORTS]),
    live=st.booleans(),
    columns=st.lists(st.sampled_from(["time", "name", "cost_usd"]), unique=True).map(tuple),
)


@settings(deadline=None)
@given(_VIEW)
def test_a_view_survives_its_url(view: View) -> None:
    """What the URL holds is read back as the same view, whatever was searched for."""
    url = urlencode(state.to_query(view))

    assert state.parse(dict(parse_qsl(url, keep_blank_values=True))) == view


def test_the_usual_view_has_a_short_url() -> None:
    """Defaults are left out, so that the address of the plain list is plain."""
    assert state.to_query(View()) == {}
    assert state.href("/ui/traces", {}) == "/ui/traces"


def test_a_relative_range_ends_now() -> None:
    """The last hour is the hour before the question."""
    window = timerange.parse({"range": "1h"}).window(NOW)

    assert (window.start, window.end) == (NOW - timedelta(hours=1), NOW)


def test_fixed_ends_may_be_iso_or_unix_milliseconds() -> None:
    """A link from elsewhere can carry either; a time without a zone is UTC."""
    iso = timerange.parse({"from": "2026-03-01T10:00:00", "to": "2026-03-01T11:00:00+01:00"})
    unix = timerange.parse({"from": "1772359200000"})

    assert iso.start == iso.end == unix.start == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert unix.window(NOW).end == NOW


@pytest.mark.parametrize(
    "query",
    [
        {"range": "yesterday"},
        {"range": "0h"},
        {"range": "99999w"},
        {"from": "soon"},
        {"from": "9" * 30},
        {"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"},
        {"sort": "-colour"},
    ],
)
def test_nonsense_is_refused_with_a_hint(query: dict[str, str]) -> None:
    """A value that means nothing raises, and says what would."""
    with pytest.raises(BadInput) as refused:
        state.parse(query)

    assert refused.value.hint
