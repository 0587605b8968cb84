"""Mail goes to a server that speaks SMTP or into a folder; what fails says whether to try again."""

import mailbox
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from engine.outlets import OutletFailed
from engine.outlets.mail import Mail, send

MAIL = Mail("maria@example.org", "Exigência no processo 2026/000123", "Há uma exigência.\n.\nFim", "outbox:17")


class Server(threading.Thread):
    """A mail server for one conversation. `says` gives the answer to a command by its first word."""

    def __init__(self, says):
        super().__init__(daemon=True)
        self.says = says
        self.heard = []
        self.body = b""
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.settimeout(10)
        self.port = self.listening.getsockname()[1]

    def run(self):
        connection, _ = self.listening.accept()
        with suppress(ConnectionError), connection, connection.makefile("rwb") as talk:
            self.answer(talk, self.says.get("hello", "220 ready"))
            for line in talk:
                command = line.decode(errors="replace").split(maxsplit=1)[0].upper()
                self.heard.append(line.decode(errors="replace").strip())
                self.answer(talk, self.says.get(command, "250 ok"))
                if command == "QUIT":
                    return
                if command == "DATA" and "DATA" in self.says and self.says["DATA"].startswith("354"):
                    self.body = b"".join(iter(talk.readline, b".\r\n"))
                    self.answer(talk, self.says.get("body", "250 kept"))

    def answer(self, talk, text):
        talk.write(text.encode() + b"\r\n")
        talk.flush()


@contextmanager
def server(**says):
    running = Server({"EHLO": "250-here\r\n250-AUTH PLAIN\r\n250 8BITMIME", "AUTH": "235 ok", "DATA": "354 go"} | says)
    running.start()
    yield running
    running.join(10)
    running.listening.close()


def failure(message, url):
    with pytest.raises(OutletFailed) as failed:
        send(message, url)
    return failed.value


def test_a_message_reaches_the_server_whole():
    with server() as running:
        send(MAIL, f"smtp://u%40x:p%3Aw@127.0.0.1:{running.port}?from=protocolo@vilaserena.example")

    received = message_from_bytes(running.body.replace(b"\r\n..", b"\r\n."), policy=policy.default)
    assert received["To"] == "maria@example.org"
    assert received["From"] == "protocolo@vilaserena.example"
    assert received["Subject"] == "Exigência no processo 2026/000123"
    assert received.get_content().splitlines() == ["Há uma exigência.", ".", "Fim"]
    assert any(line.startswith("AUTH PLAIN") for line in running.heard)


def test_a_message_once_taken_is_sent_however_the_server_says_goodbye():
    with server(QUIT="500 what?") as running:
        send(MAIL, f"smtp://127.0.0.1:{running.port}")

    assert running.body


@pytest.mark.parametrize(
    ("says", "kind", "retry"),
    [
        ({"hello": "554 go away"}, "mail-refused", False),
        ({"hello": "421 busy"}, "mail-refused", True),
        ({"AUTH": "535 wrong password"}, "mail-refused", False),
        ({"MAIL": "451 later"}, "mail-refused", True),
        ({"RCPT": "550 nobody"}, "mail-refused", False),
        ({"RCPT": "450 mailbox busy"}, "mail-refused", True),
        ({"DATA": "452 full"}, "mail-refused", True),
        ({"body": "554 spam"}, "mail-refused", False),
    ],
)
def test_a_refusal_is_retried_only_when_the_server_says_later(says, kind, retry):
    with server(**says) as running:
        failed = failure(MAIL, f"smtp://u:p@127.0.0.1:{running.port}")

    assert (failed.kind, failed.retry) == (kind, retry)


def test_a_server_without_tls_is_refused_when_tls_is_asked_for():
    with server() as running:
        failed = failure(MAIL, f"smtp://127.0.0.1:{running.port}?tls=1")

    assert (failed.kind, failed.retry) == ("mail-server-unfit", False)
    assert not any(line.startswith("MAIL") for line in running.heard)


def test_a_server_that_is_not_there_is_tried_again():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    failed = failure(MAIL, f"smtp://127.0.0.1:{port}")

    assert (failed.kind, failed.retry) == ("mail-server-unreachable", True)


def test_a_server_that_speaks_no_tls_on_its_tls_port_is_tried_again():
    with server() as running:
        failed = failure(MAIL, f"smtps://127.0.0.1:{running.port}")

    assert (failed.kind, failed.retry) == ("mail-server-unreachable", True)


def test_a_folder_keeps_the_message_for_a_developer(tmp_path):
    send(replace(MAIL, at=datetime(2026, 11, 23, 12, tzinfo=UTC)), f"maildir:{tmp_path}/m")

    (kept,) = mailbox.Maildir(tmp_path / "m", create=False)
    assert kept["Date"] == "Mon, 23 Nov 2026 12:00:00 +0000"
    assert kept["To"] == "maria@example.org"


def test_a_second_attempt_carries_the_same_message_id(tmp_path):
    for _ in range(2):
        send(MAIL, f"maildir:{tmp_path}/m")

    assert len({kept["Message-ID"] for kept in mailbox.Maildir(tmp_path / "m")}) == 1


def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path):
    (tmp_path / "file").write_text("")

    failed = failure(MAIL, f"maildir:{tmp_path}/file/m")

    assert (failed.kind, failed.retry) == ("mail-folder", True)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (Mail("a@b.c\r\nBcc: x@y.z", "s", "t", "r"), "mail-message-refused"),
        (Mail("a@b.c", "s\nX: y", "t", "r"), "mail-message-refused"),
        (Mail("a@b.c", "s", "\ud800", "r"), "mail-message-refused"),
        (Mail("", "s", "t", "r"), "mail-address-refused"),
        (Mail("maria", "s", "t", "r"), "mail-address-refused"),
        (Mail("a@b.c, x@y.z", "s", "t", "r"), "mail-address-refused"),
    ],
)
def test_a_message_that_would_smuggle_headers_or_has_not_one_address_is_refused(message, kind, tmp_path):
    failed = failure(message, f"maildir:{tmp_path}/m")

    assert (failed.kind, failed.retry) == (kind, False)
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (None, "mail-not-configured"),
        ("", "mail-not-configured"),
        ("http://example.org", "mail-url-unreadable"),
        ("smtp://host:port", "mail-url-unreadable"),
        ("smtp://", "mail-url-unreadable"),
        ("smtp://[::1", "mail-url-unreadable"),
    ],
)
def test_an_address_of_the_server_that_cannot_be_used_is_not_retried(url, kind):
    failed = failure(MAIL, url)

    assert (failed.code, failed.kind, failed.retry) == ("outlet-failed", kind, False)
