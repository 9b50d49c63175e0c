"""Sign-in: the pages, the sessions, and the provider that people may sign in with."""

from server.sign_in.app import create_sign_in, is_sign_in

__all__ = ["create_sign_in", "is_sign_in"]
