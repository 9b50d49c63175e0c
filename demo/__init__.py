"""A small but real instrumented LLM application, to try Groundwire with.

A support bot of a fictional software company answers questions from its help
articles: it screens, retrieves, reranks, calls tools and writes answers, through a
model gateway and a serving tier. No model service is called; everything else
happens. It is instrumented with the OpenTelemetry SDK and knows nothing of the
server that it sends to but its OTLP endpoint.
"""

from demo.plan import DemoError, DemoPlan, Progress, Summary
from demo.run import run

__all__ = ["DemoError", "DemoPlan", "Progress", "Summary", "run"]
