"""What is kept: the ClickHouse schema, how it is written, and every question asked of it."""
