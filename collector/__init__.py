"""OTLP in: receive, check, spool and load traces, logs and metrics."""
