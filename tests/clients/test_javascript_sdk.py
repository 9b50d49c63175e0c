"""The JavaScript SDK from npm, which sends JSON over HTTP."""

import json
import shutil
from pathlib import Path

import pytest

from tests.clients.conftest import HERE, Clients
from tests.clients.test_python_sdk import assert_everything

pytestmark = pytest.mark.engine


def test_everything_a_span_can_hold(clients: Clients, node_modules: Path) -> None:
    """Names, kinds, parents, times, values of every type, events, links and errors read as they were set."""
    for source in (HERE / "js" / "everything.mjs", clients.snippets / "telemetry.mjs"):
        shutil.copy(source, node_modules)
    ids = json.loads(clients.node(node_modules / "everything.mjs"))

    trace = clients.trace(ids["trace"])

    assert_everything(trace.facts, trace.spans, ids)
    root = trace.span("POST /checkout")
    assert (root["scope_name"], root["scope_version"]) == ("shop.checkout", "1.2.3")
    assert root["resource_attributes"]["telemetry.sdk.language"] == "nodejs"
    assert root["start_time_unix_nano"] > 1_700_000_000_000_000_000


def test_lock_file_names_no_registry() -> None:
    """The lock file pins versions and hashes, and leaves the choice of a registry to whoever installs."""
    lock = (HERE / "js" / "package-lock.json").read_text()

    assert "integrity" in lock
    assert "://" not in lock
