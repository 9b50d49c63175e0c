"""How good retrieval is: whether contexts fit the question, whether answers rest on them, and where the evidence is."""
