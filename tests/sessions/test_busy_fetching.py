"""Fetching from wherever somebody says, and never from our own network. The server is a real one, with a CA of its own."""

import contextlib
import datetime
import gzip
import http.server
import socket
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sessions.busy import fetching
from sessions.busy.addresses import why_refused
from sessions.busy.fetching import Answer, FetchProblem, fetch

CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"
NAME = "calendar.example"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        # What a person's calendar may well stand on.
        ("93.184.215.14", ""),
        ("8.8.8.8", ""),
        ("172.32.0.1", ""),
        ("100.128.0.1", ""),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", ""),
        ("2a00:1450:4001:80b::200e", ""),
        # This machine.
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("0.0.0.0", "this network"),
        ("0.1.2.3", "this network"),
        ("::1", "not public"),
        ("::", "not public"),
        # Our network, and that of the provider.
        ("10.0.0.1", "private"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "shared by a provider's customers"),
        ("100.127.255.255", "shared by a provider's customers"),
        ("fc00::1", "not public"),
        ("fd12:3456:789a::1", "not public"),
        ("fec0::1", "not public"),
        # Where clouds keep their keys.
        ("169.254.169.254", "link-local"),
        ("168.63.129.16", "Azure's own"),
        ("168.63.129.17", ""),
        ("fe80::1", "not public"),
        ("fe80::1%eth0", "of one link only"),
        ("2606:2800::1%1", "of one link only"),
        ("fd00:ec2::254", "not public"),
        # IPv4 in the clothes of IPv6.
        ("::ffff:127.0.0.1", "not public"),
        ("::ffff:100.64.0.1", "not public"),
        ("::ffff:93.184.215.14", "not public"),
        ("::127.0.0.1", "not public"),
        ("64:ff9b::7f00:1", "not public"),
        ("64:ff9b::169.254.169.254", "not public"),
        ("64:ff9b:1::7f00:1", "not public"),
        ("2002:7f00:1::", "6to4"),
        ("2002:a9fe:a9fe::", "6to4"),
        ("2001:0:7f00:1::", "Teredo"),
        ("2001:0000:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
        ("2606:2800::5efe:10.0.0.1", "ISATAP"),
        ("2606:2800::200:5efe:10.0.0.1", "ISATAP"),
        # To many, to nobody, or for books.
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("ff02::1", "not public"),
        ("255.255.255.255", "reserved"),
        ("240.0.0.1", "reserved"),
        ("192.0.0.170", "protocol assignments"),
        ("192.0.2.1", "documentation"),
        ("192.88.99.1", "6to4 relay"),
        ("198.18.0.1", "benchmarking"),
        ("198.51.100.1", "documentation"),
        ("203.0.113.1", "documentation"),
        ("2001:db8::1", "documentation"),
        ("2001:10::1", "protocol assignments"),
        ("3fff::1", "documentation"),
        ("100::1", "not public"),
        ("5f00::1", "not public"),
        # No address at all.
        ("", "no address"),
        ("localhost", "no address"),
        ("0x7f.1", "no address"),
    ],
)
def test_every_address_is_judged(address, why):
    assert why_refused(address) == why


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0"],
)
def test_every_spelling_of_this_machine_is_refused(host):
    with pytest.raises(FetchProblem) as problem:
        fetch(f"https://{host}/x.ics")
    assert problem.value.code in ("refused", "name")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://calendar.example/", "https"),
        ("ftp://calendar.example/", "https"),
        ("file:///etc/passwd", "https"),
        ("//calendar.example/", "https"),
        ("https:///x", "address"),
        ("https://user:password@calendar.example/", "address"),
        ("https://calendar.example:0/", "address"),
        ("https://calendar.example:99999/", "address"),
        ("https://calendar.example/a\r\nHost: other", "address"),
        ("https://calendar.example/ü", "address"),
        ("https://①②⑦.⓪.⓪.①/", "address"),
        ("https://[::1/", "address"),
        ("https://calendar.example/" + "x" * 2000, "address"),
    ],
)
def test_what_is_not_even_tried(address, code):
    with pytest.raises(FetchProblem) as problem:
        fetch(address, resolver=lambda host, port: pytest.fail("asked for a name"))
    assert problem.value.code == code


@pytest.fixture(scope="module")
def contexts(tmp_path_factory):
    """A context for the server, and one that trusts it and nobody else."""
    folder = tmp_path_factory.mktemp("ca")
    now = datetime.datetime.now(datetime.UTC)

    def certificate(name, *, key, issuer, signer, is_ca):
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(is_ca, None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(signer, hashes.SHA256())
        )

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = certificate("ca.example", key=ca_key, issuer="ca.example", signer=ca_key, is_ca=True)
    own = certificate(NAME, key=key, issuer="ca.example", signer=ca_key, is_ca=False)
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "own.pem").write_bytes(
        own.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "own.pem")
    return server, ssl.create_default_context(cafile=str(folder / "ca.pem"))


@pytest.fixture
def server(contexts):
    """A server of calendars; `answers` says what stands where."""
    asked, answers = [], {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, dict(self.headers)))
            with contextlib.suppress(OSError):
                answers[self.path](self)

        do_POST = do_GET

        def log_message(self, *_args):
            pass

    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.socket = contexts[0].wrap_socket(made.socket, server_side=True, do_handshake_on_connect=False)
    made.daemon_threads = True
    made.asked, made.answers = asked, answers
    made.address = f"https://{NAME}:{made.server_port}"
    thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def get(server, contexts):
    """Fetch from the server: here, and nowhere else, its name and this machine are fine."""

    def fetch_it(path, *, to=None, refused=lambda address: "", **more):
        more = {"resolver": lambda host, port: ["127.0.0.1"], "context": contexts[1], **more}
        return fetch(to or server.address + path, refused=refused, **more)

    return fetch_it


def answering(status=200, body=CALENDAR, **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            handler.send_header("Content-Length", len(body))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def problem_of(call):
    with pytest.raises(FetchProblem) as problem:
        call()
    return problem.value.code


def test_a_calendar_is_fetched(server, get):
    server.answers["/a.ics?key=1"] = answering(ETag='"v1"')
    assert get("/a.ics?key=1") == Answer(CALENDAR, '"v1"')
    _path, headers = server.asked[0]
    assert headers["Host"] == f"{NAME}:{server.server_port}"
    assert "Cookie" not in headers
    assert "Authorization" not in headers


def test_what_has_not_changed_is_not_sent_again(server, get):
    server.answers["/a.ics"] = answering(304, b"")
    assert get("/a.ics", etag='"v1"') == Answer(None, '"v1"')
    assert server.asked[0][1]["If-None-Match"] == '"v1"'
    # Nobody asked whether it changed.
    assert problem_of(lambda: get("/a.ics")) == "status"


def test_a_packed_answer(server, get):
    server.answers["/a.ics"] = answering(body=gzip.compress(CALENDAR), Content_Encoding="gzip")
    assert get("/a.ics").content == CALENDAR


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (answering(404), "status"),
        (answering(500), "status"),
        (answering(204, b""), "status"),
        (answering(body=b"x" * (5 * 1024 * 1024 + 1)), "large"),
        (answering(body=gzip.compress(b"\0" * (200 * 1024 * 1024), 1), Content_Encoding="gzip"), "large"),
        (answering(body=gzip.compress(CALENDAR)[:-9], Content_Encoding="gzip"), "broken"),
        (answering(body=CALENDAR, Content_Encoding="gzip"), "broken"),
        (answering(body=CALENDAR, Content_Encoding="br"), "broken"),
        (answering(Content_Length=10_000), "broken"),
        (answering(302, Location="http://calendar.example/"), "https"),
        (answering(302, Location=""), "redirects"),
        (answering(302), "redirects"),
        (lambda handler: handler.wfile.write(b"nonsense\r\n\r\n"), "broken"),
        (lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000), "broken"),
    ],
)
def test_what_is_refused(server, get, answer, code):
    server.answers["/a.ics"] = answer
    assert problem_of(lambda: get("/a.ics", seconds=20)) == code


def test_the_largest_that_is_taken(server, get):
    server.answers["/a.ics"] = answering(body=b"x" * (5 * 1024 * 1024))
    assert len(get("/a.ics").content) == 5 * 1024 * 1024


def test_three_redirects_and_no_more(server, get):
    for number in range(5):
        server.answers[f"/{number}"] = answering(302, b"", Location=f"/{number + 1}")
    server.answers["/5"] = answering()
    assert get("/2").content == CALENDAR
    assert problem_of(lambda: get("/1")) == "redirects"


def test_a_redirect_is_vetted_again(server, get):
    server.answers["/a.ics"] = answering(302, b"", Location="https://inside.example/")
    names = {NAME: ["127.0.0.1"], "inside.example": ["10.0.0.1"]}

    def refused(address):
        return "" if address == "127.0.0.1" else why_refused(address)

    assert problem_of(lambda: get("/a.ics", resolver=lambda host, port: names[host], refused=refused)) == "refused"


def test_one_refused_address_spoils_the_others(get):
    found = ["93.184.215.14", "10.0.0.1"]
    assert problem_of(lambda: get("/a.ics", resolver=lambda host, port: found, refused=why_refused)) == "refused"


def test_the_vetted_address_is_the_one_that_is_connected_to(server, get, monkeypatch):
    server.answers["/a.ics"] = answering()
    connected, asked = [], []
    real = socket.create_connection

    def connect(address, **more):
        connected.append(address)
        return real(address, **more)

    def changing(host, port):
        # Public at first, this machine the second time: nobody asks a second time.
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)
    assert get("/a.ics", resolver=changing).content == CALENDAR
    assert asked == [NAME]
    assert connected == [("127.0.0.1", server.server_port)]


def test_a_certificate_of_another_name_or_of_nobody(server, get):
    server.answers["/a.ics"] = answering()
    other = f"https://other.example:{server.server_port}/a.ics"
    assert problem_of(lambda: get("", to=other)) == "certificate"
    assert problem_of(lambda: get("/a.ics", context=ssl.create_default_context())) == "certificate"
    assert server.asked == []


@pytest.mark.parametrize("where", ["name", "handshake", "headers", "body"])
def test_whoever_is_slow_is_cut_off(server, get, where):
    def drip(handler):
        if where == "body":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _number in range(50):
            handler.wfile.write(b"x")
            time.sleep(0.1)

    server.answers["/a.ics"] = drip
    more = {}
    silent = None
    if where == "name":
        more["resolver"] = lambda host, port: time.sleep(3) or ["127.0.0.1"]
    if where == "handshake":
        silent = socket.create_server(("127.0.0.1", 0))
        more["to"] = f"https://{NAME}:{silent.getsockname()[1]}/"
    began = time.monotonic()
    assert problem_of(lambda: get("/a.ics", seconds=0.7, **more)) == "slow"
    assert time.monotonic() - began < 2
    if silent:
        silent.close()


def test_nobody_there(get):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert problem_of(lambda: get("", to=f"https://{NAME}:{port}/")) == "unreachable"
    assert problem_of(lambda: get("/", resolver=lambda host, port: [])) == "name"


def test_all_in_all_ten_seconds():
    assert fetching.SECONDS == 10
    assert fetching.MOST_REDIRECTS == 3
