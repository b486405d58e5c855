"""Webhooks sent to a receiver in a thread of this process."""

import ipaddress
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from checkstand.infra.webhooks import AddressPolicy, Sender, WebhookAddressRefused, WebhookHostUnknown

TEST = AddressPolicy.of("test")


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers["content-length"])
        self.server.seen.append((self.path, dict(self.headers), self.rfile.read(length)))
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("location", "/elsewhere")
            self.end_headers()
        elif self.path == "/slow-drip":
            self.send_response(200)
            self.end_headers()
            for _ in range(50):
                self.wfile.write(b".")
                self.wfile.flush()
                time.sleep(0.1)
        elif self.path == "/long":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * 1_000_000)
        else:
            self.send_response(204)
            self.end_headers()

    def log_message(self, *_args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64  # the default of 5 drops connections of a burst, which then waits a second


@pytest.fixture
def receiver():
    server = Server(("127.0.0.1", 0), Receiver)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def sender():
    sender = Sender(timeout_s=1.0)
    yield sender
    sender.close()


def url(receiver, path):
    return f"http://127.0.0.1:{receiver.server_port}{path}"


def test_body_and_headers_arrive_as_they_were_given(sender, receiver):
    answer = sender.send(url(receiver, "/hooks?a=1"), b'{"type":"x"}', {"webhook-id": "msg_1"}, TEST)

    path, headers, body = receiver.seen[0]
    assert (answer.status_code, path, body) == (204, "/hooks?a=1", b'{"type":"x"}')
    assert headers["webhook-id"] == "msg_1"


def test_the_host_header_keeps_the_name_while_the_connection_goes_to_the_address(receiver):
    async def resolver(host, port):
        return [ipaddress.ip_address("127.0.0.1")]

    sender = Sender(timeout_s=1.0, resolver=resolver)
    sender.send(f"http://shop.example:{receiver.server_port}/", b"{}", {}, TEST)
    sender.close()

    assert receiver.seen[0][1]["host"] == f"shop.example:{receiver.server_port}"


def test_a_name_that_answers_differently_the_second_time_is_asked_only_once(receiver):
    answers = [[ipaddress.ip_address("127.0.0.1")], [ipaddress.ip_address("169.254.169.254")]]

    async def resolver(host, port):
        return answers.pop(0)

    sender = Sender(timeout_s=1.0, resolver=resolver)
    answer = sender.send(f"http://rebinding.example:{receiver.server_port}/", b"{}", {}, TEST)
    sender.close()

    assert answer.status_code == 204
    assert len(answers) == 1


def test_a_redirect_is_not_followed(sender, receiver):
    answer = sender.send(url(receiver, "/redirect"), b"{}", {}, TEST)

    assert answer.status_code == 302
    assert [path for path, _, _ in receiver.seen] == ["/redirect"]


def test_a_receiver_that_answers_byte_by_byte_is_cut_off_at_the_deadline(sender, receiver):
    began = time.monotonic()

    answer = sender.send(url(receiver, "/slow-drip"), b"{}", {}, TEST)

    assert answer.status_code is None
    assert "no complete answer" in answer.error
    assert time.monotonic() - began < 3


def test_of_a_long_answer_two_kilobytes_are_kept(sender, receiver):
    assert len(sender.send(url(receiver, "/long"), b"{}", {}, TEST).excerpt) == 2048


def test_nobody_listening_is_an_answer_too(sender):
    answer = sender.send("http://127.0.0.1:1/", b"{}", {}, TEST)

    assert (answer.status_code, answer.sent) == (None, True)
    assert "ConnectError" in answer.error


def test_a_private_host_is_never_connected_to(receiver):
    async def resolver(host, port):
        return [ipaddress.ip_address("127.0.0.1")]

    sender = Sender(resolver=resolver)
    answer = sender.send(f"https://shop.example:{receiver.server_port}/", b"{}", {}, AddressPolicy.of("live"))
    sender.close()

    assert answer.sent is False
    assert "webhook.address_refused" in answer.error
    assert receiver.seen == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_this_machine_is_refused_in_live_mode_however_it_is_spelt(sender, host):
    with pytest.raises((WebhookAddressRefused, WebhookHostUnknown)):
        sender.check(f"https://{host}/hooks", AddressPolicy.of("live"))


def test_messages_from_many_threads_go_out_side_by_side(sender, receiver):
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: sender.send(url(receiver, "/hooks"), b"{}", {}, TEST), range(20)))

    assert {answer.status_code for answer in answers} == {204}
    assert len(receiver.seen) == 20


def test_a_sender_that_was_closed_starts_again_when_it_is_needed(sender, receiver):
    sender.close()

    assert sender.send(url(receiver, "/"), b"{}", {}, TEST).status_code == 204
