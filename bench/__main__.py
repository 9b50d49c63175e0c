"""`python -m bench [question ...]`: run the benchmarks named, or all of them, each in a process of its own."""

import subprocess
import sys

QUESTIONS = (
    "ingest", "disk", "acknowledge", "memory", "stages", "queries", "large", "costs", "recosting", "budgets",
    "budget_forecast", "sdk", "groundedness", "detectors", "evaluators", "quality_truth",
)  # fmt: skip


def main(asked: list[str]) -> int:
    """Run what is asked for; return an exit status."""
    if unknown := set(asked) - set(QUESTIONS):
        print(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(QUESTIONS)}")
        return 2
    for question in asked or QUESTIONS:
        subprocess.run([sys.executable, "-m", f"bench.{question}"], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
