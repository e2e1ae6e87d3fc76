"""Bodies of HTTP answers, read in small steps: neither a trickle nor a flood holds a worker."""

import urllib3

from qlik_monitor.adapters.qlik_deadline import Deadline

CHUNK_BYTES = 64 * 1024


def read_body(
    response: urllib3.BaseHTTPResponse, deadline: Deadline, most: int, too_large: Exception
) -> bytes:
    """Read at most so many bytes; raises `too_large` beyond them, and TimeoutError."""
    chunks, size = [], 0
    while chunk := response.read1(CHUNK_BYTES):
        chunks.append(chunk)
        size += len(chunk)
        if size > most:
            raise too_large
        if deadline.left() <= 0:
            raise TimeoutError("the answer trickles")
    return b"".join(chunks)
