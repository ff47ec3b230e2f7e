"""The https that an organisation puts before `pmtui callback`: takes TLS off and hands the bytes on, unchanged."""

import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

from pmtui.sandbox.certificate import certificate
from pmtui.sandbox.times import system_now


@contextlib.contextmanager
def front(host: str, target: str, folder: Path) -> Iterator[int]:
    """Answer as `host` by https on a free port of this machine, which is given, for the http address `target`."""
    made = certificate(folder, host, system_now())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.file, made.key_file)
    where, _, port = target.removeprefix("http://").rpartition(":")

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                contextlib.suppress(OSError),  # a browser leaves as it likes
                context.wrap_socket(self.request, server_side=True) as outside,
                socket.create_connection((where, int(port)), 20) as inside,
            ):
                back = threading.Thread(target=_pump, args=(inside, outside), daemon=True)
                back.start()
                _pump(outside, inside)
                back.join(20)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
