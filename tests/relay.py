"""A real HTTP relay on this machine, whose temper the test decides. It knows a letter by its key, as good ones do."""

import base64
import json
import threading
import time
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Relay:
    """Takes every letter once, however often it comes, unless told otherwise."""

    def __init__(self):
        self.arrived = []
        self.keys = {}
        self.requests = []
        self.connections = 0
        self.takes = 0.0
        self.answers = []
        self.breaks_after_taking = 0
        self._lock = threading.Lock()

    def take(self, headers, body):
        """Status and answer to one letter."""
        with self._lock:
            self.requests.append((headers, body))
            if self.answers:
                status, said = self.answers.pop(0)
                if status >= 300:
                    return status, said
        time.sleep(self.takes)
        key = headers["Idempotency-Key"]
        with self._lock:
            if key in self.keys and self.keys[key] != body:
                return 422, {"reason": "The same key with another letter."}
            if key not in self.keys:
                self.keys[key] = body
                self.arrived.append(
                    message_from_bytes(base64.b64decode(json.loads(body)["mime"]), policy=policy.default)
                )
        return 202, {}

    @property
    def recipients(self):
        return [str(mail["To"]) for mail in list(self.arrived)]


@contextmanager
def relay_server(relay, port=0):
    """Run it for a while; its `server_port` is its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body go out as one packet, else each answer waits for the reader's acknowledgement.
        wbufsize = -1

        def setup(self):
            super().setup()
            relay.connections += 1

        def do_POST(self):
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:
                # The sender died while it spoke: half a letter is none.
                self.close_connection = True
                return
            status, said = relay.take(dict(self.headers), body.decode())
            if relay.breaks_after_taking:
                relay.breaks_after_taking -= 1
                self.close_connection = True
                return
            answer = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def handle(self):
            with suppress(OSError):
                super().handle()

        def log_message(self, *_args):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    server = Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
