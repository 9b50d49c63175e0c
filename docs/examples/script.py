"""Ask a question on the command line, and say whether the answer helped."""

import sys

import groundwire.auto  # added
from openai import OpenAI

groundwire.context(tenant="acme", session="s-1").set()  # added
client = OpenAI()


def answer(question: str) -> str:
    """Print an answer as it comes; return the model's id of it."""
    stream = client.chat.completions.create(
        model="gpt-4.1-mini",
        messages=[{"role": "user", "content": question}],
        stream=True,
        stream_options={"include_usage": True},
    )
    answer_id = ""
    for chunk in stream:
        answer_id = chunk.id
        for choice in chunk.choices:
            print(choice.delta.content or "", end="", flush=True)
    print()
    return answer_id


answer_id = answer(" ".join(sys.argv[1:]))
helped = input("Did this help? [y/n] ").startswith("y")
groundwire.thumbs(helped, response_id=answer_id)  # added
