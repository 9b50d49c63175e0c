"""What evaluators work from and leave behind: traces to deal with, their texts, verdicts, how far each has come."""
