"""Why a whole request is not taken.

    Refused            the sender must change something before trying again
      Undecodable        the body is not what its Content-Type says
      BadProject         the project named is no project's name
      TooLarge           over the size limit, before or after decompression
      Unsupported        a Content-Type or Content-Encoding we do not read
      Unauthenticated    no API key, or one that is not valid
      Denied             an API key that may not send here
    ComeBack           nothing is wrong with the request: the same one may be sent again later
      SpoolFull          there is no room for it
      KeysAway           whether its API key is valid cannot be looked up

Messages go to the sender and to our log, so they say what to mend and never repeat a value from
the body, nor an API key.
"""

from google.rpc import code_pb2


class Refused(Exception):  # noqa: N818 - it reads as what happened to the request
    """A request that will not be taken however often it is sent.

    `field` is where in the request the fault lies, as a JSON path; empty when it is the whole.
    """

    http_status = 400
    grpc_code = code_pb2.INVALID_ARGUMENT

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Undecodable(Refused):
    """The request cannot be read: HTTP 400, gRPC INVALID_ARGUMENT."""


class BadProject(Refused):
    """The request names something that cannot be a project: HTTP 400, gRPC INVALID_ARGUMENT."""


class TooLarge(Refused):
    """The request is over the size limit: HTTP 413, gRPC RESOURCE_EXHAUSTED without RetryInfo."""

    http_status = 413
    grpc_code = code_pb2.RESOURCE_EXHAUSTED

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The request is larger than {limit} bytes, which is the most this server takes,"
            " counted both before and after decompression. Send smaller batches."
        )


class Unsupported(Refused):
    """The request comes in a form this server does not read: HTTP 415."""

    http_status = 415


class Unauthenticated(Refused):
    """It is not known who sends: HTTP 401, gRPC UNAUTHENTICATED."""

    http_status = 401
    grpc_code = code_pb2.UNAUTHENTICATED


class Denied(Refused):
    """The sender is known and may not send this here: HTTP 403, gRPC PERMISSION_DENIED."""

    http_status = 403
    grpc_code = code_pb2.PERMISSION_DENIED


class ComeBack(Exception):  # noqa: N818 - as Refused
    """Nothing can be taken now: HTTP 503, gRPC UNAVAILABLE, both saying when to come back."""

    def __init__(self, reason: str, retry_after_s: float) -> None:
        super().__init__(f"{reason} Send the same request again in {retry_after_s:g} s.")
        self.retry_after_s = retry_after_s


class SpoolFull(ComeBack):
    """The spool takes nothing now."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("The server cannot take more data just now.", retry_after_s)


class KeysAway(ComeBack):
    """The control database does not answer, and the key is not one that was seen a short while ago."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("API keys cannot be looked up just now.", retry_after_s)
