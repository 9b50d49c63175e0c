"""Read what Groundwire stores: traces, spans and evaluations as Arrow tables, pandas frames or plain dictionaries.

from groundwire.read import Client

client = Client()
frame = client.traces(start="-7d", filter='tenant = "acme"').pandas()
"""

from groundwire.read.client import Client
from groundwire.read.errors import BadQuestion, NotAllowed, NotFound, ReadError, Unavailable
from groundwire.read.rows import Rows

__all__ = [
    "BadQuestion",
    "Client",
    "NotAllowed",
    "NotFound",
    "ReadError",
    "Rows",
    "Unavailable",
]
