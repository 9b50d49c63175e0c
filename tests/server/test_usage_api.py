"""Usage over the API: figures by any dimensions, as JSON, CSV and Parquet."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from tests.spend import MODEL, Spend

pytestmark = pytest.mark.engine

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
WINDOW = {"start": "2025-06-01T00:00:00Z", "end": "2025-06-03T00:00:00Z"}


def ok(answer: Any) -> Any:
    """Return the JSON of an answer, its amounts as decimals."""
    assert answer.status_code == 200, answer.text
    return answer.json(parse_float=Decimal)


def refused(client: TestClient, path: str = "usage", **asked: Any) -> str:
    """Return what a refusal says."""
    answer = client.get(path, params=asked)
    assert answer.status_code == 400, answer.text
    return f"{answer.json()['error']['message']} {answer.json()['error']['hint']}"


def test_usage_by_tenant_and_model(client: TestClient, spend: Spend) -> None:
    """Each group has its calls, tokens and exact cost; totals are of all; the dearest comes first."""
    spend.call("0.1", NOON, tenant__id="acme")
    spend.call("0.2", NOON + timedelta(hours=3), tenant__id="acme")
    spend.call("0.000007", NOON, tenant__id="other")
    spend.save()

    found = ok(client.get("usage", params={**WINDOW, "group_by": "tenant,model"}))

    told = [(r["tenant"], r["model"], r["requests"], r["cost_usd"]) for r in found["rows"]]
    assert told == [("acme", MODEL, 2, Decimal("0.3")), ("other", MODEL, 1, Decimal("0.000007"))]
    assert found["totals"]["cost_usd"] == Decimal("0.300007")
    assert found["totals"]["output_tokens"] == 300_007
    assert found["rows"][0]["unpriced_requests"] == 0
    assert (found["start"], found["end"]) == (
        "2025-06-01T00:00:00.000000000Z",
        "2025-06-03T00:00:00.000000000Z",
    )
    assert {"input_tokens", "cache_read_tokens", "cache_write_tokens"} <= found["rows"][0].keys()
    assert "time" not in found["rows"][0]


def test_steps_have_times(client: TestClient, spend: Spend) -> None:
    """With a step, each row says when it begins; without dimensions there is a row for every step."""
    spend.call("1", NOON)
    spend.save()

    found = ok(client.get("usage", params={**WINDOW, "step": "12h"}))

    assert [(r["time"][:13], r["cost_usd"]) for r in found["rows"]] == [
        ("2025-06-01T00", 0), ("2025-06-01T12", 1), ("2025-06-02T00", 0), ("2025-06-02T12", 0),
    ]  # fmt: skip
    by_tenant = ok(client.get("usage", params={**WINDOW, "step": "day", "group_by": "tenant"}))
    assert [r["time"][:10] for r in by_tenant["rows"]] == ["2025-06-01"]


def test_figures_are_narrowed_by_parameters(client: TestClient, spend: Spend) -> None:
    """A parameter named like a dimension narrows to its value, repeated to any of several."""
    for tenant in ("a", "b", "c", ""):
        spend.call("1", NOON, tenant__id=tenant, user__id=f"u-{tenant}")
    spend.save()

    def total(**asked: Any) -> Decimal:
        found = ok(client.get("usage", params={**WINDOW, **asked}))
        return Decimal(found["totals"]["cost_usd"])

    assert total() == 4
    assert total(tenant="a") == 1
    assert total(tenant=["a", "b"]) == 2
    assert total(tenant="") == 1
    assert total(tenant="a", user="u-b") == 0
    assert total(tenant="a", user="u-a", model=MODEL) == 1


def test_the_last_seven_days_unless_said(client: TestClient, spend: Spend) -> None:
    """Without a window, calls of the last week count."""
    now = datetime.now(UTC)
    spend.call("1", now - timedelta(days=6))
    spend.call("2", now - timedelta(days=8))
    spend.save()

    assert ok(client.get("usage"))["totals"]["cost_usd"] == 1


def test_wrong_questions_say_what_to_mend(client: TestClient) -> None:
    """Unknown dimensions and parameters, steps, zones, orders and limits are refused with what there is."""
    assert "tenant, feature" in refused(client, group_by="customer")
    assert "did you mean tenant" in refused(client, group_by="tennant")
    assert "twice" in refused(client, group_by="model,model")
    assert "at most 4" in refused(client, group_by="tenant,feature,user,model,provider")
    assert "tenant_id" in refused(client, tenant_id="acme")
    assert "15m" in refused(client, step="fortnight")
    assert "no length" in refused(client, step="0")
    assert "longer steps" in refused(client, step="1s")
    assert "Europe/Berlin" in refused(client, step="day", time_zone="Mars/Olympus")
    assert "cost_usd" in refused(client, order="price")
    assert "limit" in refused(client, limit="0")
    assert "csv" in refused(client, format="xlsx")
    assert "requests" in refused(client, figures="money")
    assert "ends" in refused(client, start="2025-06-02T00:00:00Z", end="2025-06-01T00:00:00Z")


def test_steps_may_begin_where_time_does(client: TestClient) -> None:
    """The first local week or month of what can be stored begins before it in most zones: it is cut, not refused."""
    first = {"start": "1970-01-01T00:00:00Z", "end": "1970-01-20T00:00:00Z"}
    for zone in ("America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"):
        for step, count in (("week", 4), ("month", 1)):
            found = ok(client.get("usage", params={**first, "step": step, "time_zone": zone}))
            assert found["rows"][0]["time"].startswith("1970-01-01T00:00:00")
            assert abs(len(found["rows"]) - count) <= 1


def test_csv_is_for_spreadsheets(client: TestClient, spend: Spend) -> None:
    """RFC 4180, exact money, and no cell that a spreadsheet would run."""
    spend.call("0.000001", NOON, tenant__id='=HYPERLINK("http://evil")', feature__name='a "b", c')
    spend.call("2", NOON, tenant__id="-1+1", feature__name="＝1+1")  # noqa: RUF001
    spend.save()

    asked = {**WINDOW, "group_by": "tenant,feature", "step": "day", "format": "csv"}
    answer = client.get("usage", params=asked)

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="usage.csv"' in answer.headers["content-disposition"]
    assert answer.text.count("\r\n") == 3
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [(r["tenant"], r["feature"], r["cost_usd"], r["time"]) for r in rows] == [
        ("'-1+1", "'＝1+1", "2", "2025-06-01T00:00:00Z"),  # noqa: RUF001
        ('\'=HYPERLINK("http://evil")', 'a "b", c', "0.000001", "2025-06-01T00:00:00Z"),
    ]


def test_parquet_keeps_decimals(client: TestClient, spend: Spend) -> None:
    """Money is a decimal of twelve digits, text is text, asked for by Accept."""
    spend.call("0.000001", NOON, tenant__id="=acme")
    spend.save()

    answer = client.get(
        "usage",
        params={**WINDOW, "group_by": "tenant"},
        headers={"accept": "application/vnd.apache.parquet"},
    )

    table = pq.read_table(io.BytesIO(answer.content))
    assert str(table.schema.field("cost_usd").type) == "decimal128(38, 12)"
    (row,) = table.to_pylist()
    assert (row["tenant"], row["cost_usd"], row["requests"]) == ("=acme", Decimal("0.000001"), 1)
    assert "time" not in row


def test_a_file_may_be_empty(client: TestClient) -> None:
    """Of no calls, it has its header alone."""
    answer = client.get("usage", params={"format": "csv", "group_by": "tenant"})

    assert answer.text.splitlines()[1:] == []
    assert answer.text.startswith('"tenant","requests"')
