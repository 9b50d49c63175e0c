"""The REST API: questions about one project's traces, under /api/v1."""

from server.api.app import create_api
from server.api.deps import Counts, LiveCounters

__all__ = ["Counts", "LiveCounters", "create_api"]
