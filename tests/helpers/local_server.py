"""What servers of tests on this machine share: every method answered in one place, and an end."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar


class RequestHandler(BaseHTTPRequestHandler):
    """Answers requests of every method by ``answer``, and logs none."""

    protocol_version = "HTTP/1.1"
    # Headers and body are two writes; the second would wait 40 ms for the acknowledgement of the first.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.answer()

    def do_HEAD(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the library's
        """Say nothing."""

    def answer(self) -> None:
        raise NotImplementedError


class LocalServer(ThreadingHTTPServer):
    """A server on a free port.

    Attributes:
        asked: Every request that came.
    """

    daemon_threads = True

    def __init__(self, handler: type[RequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.asked: list[str] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


ServerT = TypeVar("ServerT", bound=LocalServer)


@contextmanager
def serving(server: ServerT) -> Iterator[ServerT]:
    """Serve until the block ends."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
