"""What a project's own traffic would have saved, each way with its method, assumptions, evidence and interval."""
