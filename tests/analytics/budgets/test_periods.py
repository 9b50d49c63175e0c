"""Days and months of time zones, also where clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from analytics.budgets.periods import local_hours, period_at

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("period", "zone", "at", "start", "end"),
    [
        ("day", "UTC", "2026-03-10T00:00", "2026-03-10T00:00", "2026-03-11T00:00"),
        ("day", "UTC", "2026-03-10T23:59", "2026-03-10T00:00", "2026-03-11T00:00"),
        ("month", "UTC", "2026-12-31T23:59", "2026-12-01T00:00", "2027-01-01T00:00"),
        ("month", "UTC", "2028-02-29T12:00", "2028-02-01T00:00", "2028-03-01T00:00"),
        ("day", "Asia/Kolkata", "2026-03-10T18:29", "2026-03-09T18:30", "2026-03-10T18:30"),
        ("day", "Asia/Kolkata", "2026-03-10T18:30", "2026-03-10T18:30", "2026-03-11T18:30"),
        # 23 and 25 hours: the clocks go forward on 29 March and back on 25 October.
        ("day", "Europe/Berlin", "2026-03-29T12:00", "2026-03-28T23:00", "2026-03-29T22:00"),
        ("day", "Europe/Berlin", "2026-10-25T12:00", "2026-10-24T22:00", "2026-10-25T23:00"),
        ("month", "Europe/Berlin", "2026-03-15T12:00", "2026-02-28T23:00", "2026-03-31T22:00"),
        # Midnight itself is left out here on 24 April: the day begins at 01:00, at the moment of the change.
        ("day", "Africa/Cairo", "2026-04-24T12:00", "2026-04-23T22:00", "2026-04-24T21:00"),
        # It comes twice here on 1 November: the first one counts.
        ("day", "America/Havana", "2026-11-01T12:00", "2026-11-01T04:00", "2026-11-02T05:00"),
    ],
)
def test_a_period_begins_at_local_midnight(
    period: str, zone: str, at: str, start: str, end: str
) -> None:
    """Both ends are those of the zone's clock, whatever becomes of it between them."""
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)

    found = period_at(period, zone, moment)

    assert found.start == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert found.end == datetime.fromisoformat(end).replace(tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Africa/Cairo", "America/Havana", "Australia/Lord_Howe", "UTC"])
def test_periods_follow_one_another_without_gap(zone: str) -> None:
    """Each moment of a year lies in exactly one day and one month."""
    begun = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for period in ("day", "month"):
        at = begun
        while at < begun + timedelta(days=366):
            found = period_at(period, zone, at)
            assert found.start == at
            assert period_at(period, zone, found.end - timedelta(microseconds=1)) == found
            at = found.end


def test_hours_are_equally_long_across_a_change_of_the_clocks() -> None:
    """Local hours of a series: the one that is left out is missing, the one that comes twice is there twice."""
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)

    found = [at.hour for at in local_hours(start, 5, "Europe/Berlin")]

    assert found == [0, 1, 2, 2, 3]
