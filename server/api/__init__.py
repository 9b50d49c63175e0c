"""The REST API: questions about one project's traces, under /api/v1."""

from server.api.app import create_api

__all__ = ["create_api"]
