"""Which addresses are of the open internet, and which origins an administrator may write."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from engine.errors import BadInput
from engine.outlets.connectors.addresses import is_public, written_origin


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1",
        "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "fec0::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    ],
)  # fmt: skip
def test_an_address_of_a_house_is_not_public_however_it_is_written(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07::1", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("api.exemplo.gov.br", "https://api.exemplo.gov.br"), (" API.Exemplo.gov.br/ ", "https://api.exemplo.gov.br"),
        ("https://api.exemplo.gov.br:443", "https://api.exemplo.gov.br"),
        ("api.exemplo.gov.br:8443", "https://api.exemplo.gov.br:8443"),
        ("http://legado.exemplo.gov.br", "http://legado.exemplo.gov.br"),
        ("https://são.gov.br", "https://xn--so-sia.gov.br"),
    ],
)  # fmt: skip
def test_an_origin_is_kept_in_one_form(written: str, kept: str) -> None:
    assert written_origin(written) == kept


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "unreadable"), ("ftp://a.gov.br", "unreadable"), ("https://u:p@a.gov.br", "unreadable"),
        ("a.gov.br/caminho", "only-origin"), ("a.gov.br?x=1", "only-origin"), ("localhost", "not-a-name"),
        ("127.0.0.1", "not-a-name"), ("https://[::1]", "not-a-name"), ("*.gov.br", "not-a-name"),
        ("a b.gov.br", "not-a-name"),
    ],
)  # fmt: skip
def test_what_is_no_origin_of_a_named_host_is_refused(written: str, why: str) -> None:
    with pytest.raises(BadInput) as refused:
        written_origin(written)

    assert refused.value.facts["errors"] == {"origin": [why]}
