"""Mail: one message handed to a server, or dropped in a folder where a developer can read it.

It must never choose whom to tell or what to say, nor try twice: the outbox keeps the row and the attempts.
"""

from __future__ import annotations

import mailbox
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from engine.outlets import OutletFailed

if TYPE_CHECKING:
    from datetime import datetime

TIMEOUT_SECONDS = 10.0
SENDER = "rito@localhost"


@dataclass(frozen=True)
class Mail:
    """A message in plain text. `ref` is stable over attempts, so that a receiver can tell a repeated one."""

    to: str
    subject: str
    text: str
    ref: str
    at: datetime | None = None


def send(message: Mail, url: str | None) -> None:
    """Send by `smtp://user:pass@host:port?tls=1&from=…` (STARTTLS), `smtps://…` or `maildir:PATH?from=…`.

    With tls=1 a server that offers none is refused, and so is a certificate that does not hold.
    Raises: OutletFailed, with `retry` True when the same message may pass later.
    """
    if not url:
        raise OutletFailed("mail-not-configured", retry=False)
    try:
        target = urlsplit(url)
        sender = parse_qs(target.query).get("from", [SENDER])[0]
        port = target.port
    except ValueError:
        raise OutletFailed("mail-url-unreadable", retry=False) from None
    built = _build(message, sender)
    if target.scheme == "maildir":
        _drop(built, unquote(target.path))
    elif target.scheme in ("smtp", "smtps") and target.hostname:
        _deliver(built, target, port or {"smtp": 25, "smtps": 465}[target.scheme])
    else:
        raise OutletFailed("mail-url-unreadable", retry=False)


def _build(message: Mail, sender: str) -> EmailMessage:
    built = EmailMessage(policy=SMTP)
    try:
        built["From"], built["To"], built["Subject"] = sender, message.to, message.subject
        built.set_content(message.text)
    except (ValueError, UnicodeError):  # a line break in a header, or a character that is none
        raise OutletFailed("mail-message-refused", retry=False, ref=message.ref) from None
    addresses = built["To"].addresses
    if len(addresses) != 1 or not addresses[0].username or not addresses[0].domain:
        raise OutletFailed("mail-address-refused", retry=False, ref=message.ref)
    domain = sender.rpartition("@")[2].strip("> ")
    built["Message-ID"] = f"<{sha256(message.ref.encode()).hexdigest()[:40]}@{domain}>"
    built["Auto-Submitted"] = "auto-generated"
    if message.at is not None:
        built["Date"] = format_datetime(message.at)
    return built


def _drop(built: EmailMessage, path: str) -> None:
    try:
        mailbox.Maildir(path).add(built)
    except OSError as error:
        raise OutletFailed("mail-folder", retry=True, errno=error.errno) from error


def _deliver(built: EmailMessage, target: SplitResult, port: int) -> None:
    try:
        server = _connect(target, port)
        try:
            if target.username:
                server.login(unquote(target.username), unquote(target.password or ""))
            server.send_message(built)
        finally:
            with suppress(
                OSError, smtplib.SMTPException
            ):  # a message once taken is sent, however the server says goodbye
                server.quit()
    except smtplib.SMTPRecipientsRefused as error:
        code = max(code for code, _ in error.recipients.values())
        raise OutletFailed("mail-refused", retry=code < 500, smtp=code) from error
    except smtplib.SMTPResponseException as error:
        raise OutletFailed("mail-refused", retry=error.smtp_code < 500, smtp=error.smtp_code) from error
    except (ssl.SSLCertVerificationError, smtplib.SMTPNotSupportedError) as error:
        raise OutletFailed("mail-server-unfit", retry=False) from error
    except (OSError, smtplib.SMTPException) as error:  # refused, reset, timed out, gone
        raise OutletFailed("mail-server-unreachable", retry=True) from error


def _connect(target: SplitResult, port: int) -> smtplib.SMTP:
    assert target.hostname, "checked by send"
    if target.scheme == "smtps":
        return smtplib.SMTP_SSL(target.hostname, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(target.hostname, port, timeout=TIMEOUT_SECONDS)
    if parse_qs(target.query).get("tls") == ["1"]:
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server
