"""Control data: projects, people, their roles, keys, annotation queues, audit. SQLite, or PostgreSQL."""
