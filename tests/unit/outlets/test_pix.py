"""The Pix code, against published vectors and read back by its own reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.outlets.pix import br_code, read_br_code, txid_for

RANDOM_KEY = "123e4567-e12b-12d1-a456-426655440000"
# Banco Central, Manual de Padrões para Iniciação do Pix, the example of a static QR Code
PUBLISHED = (
    "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR"
    "5913Fulano de Tal6008BRASILIA62070503***63041D3D"
)
TEXTS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=40)


def errors(*charge):
    with pytest.raises(BadInput) as refused:
        br_code(*charge)
    return refused.value.facts["errors"]


def unreadable(text):
    with pytest.raises(BadInput) as refused:
        read_br_code(text)
    return refused.value.facts["errors"]["br_code"]


def test_the_example_of_the_manual_is_written_to_the_letter():
    assert br_code(RANDOM_KEY, None, None, "Fulano de Tal", "BRASILIA") == PUBLISHED


@pytest.mark.parametrize(("crc", "reason"), [("2E7D", "bad-structure"), ("2e7d", "bad-structure"), ("13DF", "bad-crc")])
def test_a_published_code_passes_with_its_right_check_and_not_with_the_wrong_one(crc, reason):
    # bacen/pix-api, issue 189: a bank had issued this dynamic code with 13DF, "deveria ser 2E7D"
    text = (
        "0020101021226990014br.gov.bcb.pix2577qrcode.pix.bancobmg.com.br/qrs1/01mWFiCMHqRMdrkzWFWazsiurgfoqpsJFbuXx3IcpRqfj"
        "52040000530398654040.015802BR5917JEFFERSON F SOUZA6009SAO PAULO62290525QRS1-F5CMMUTDLOVWF8UBT7Q46304"
    )

    assert unreadable(text + crc) == [reason]


def test_a_fee_carries_its_amount_and_txid():
    text = br_code("12345678000195", 41_850, "2026000123P1", "Município de Vila Serena", "Vila Serena")

    assert "5406418.50" in text
    assert "62160512" + "2026000123P1" in text
    assert read_br_code(text).amount_cents == 41_850


def test_merchant_and_city_lose_accents_and_end_where_the_standard_ends():
    read = read_br_code(br_code(RANDOM_KEY, 1, None, "Município de São José dos Campos", "São José do Rio Preto"))

    assert (read.merchant, read.city) == ("Municipio de Sao Jose dos", "Sao Jose do Rio")


@pytest.mark.parametrize(
    "key",
    [
        "12345678909",
        "12345678000195",
        "12ABC34501DE35",
        "+5548999998888",
        "fazenda@vilaserena.sc.gov.br",
        RANDOM_KEY,
    ],
)
def test_each_kind_of_key_is_taken(key):
    assert read_br_code(br_code(key, 100, "A1", "Vila", "Vila")).key == key


@pytest.mark.parametrize(
    "key", ["", "123", "123.456.789-09", "48999998888\n", "chave", "a@b c", "é@x.br", "x" * 70 + "@y.br"]
)
def test_what_is_no_pix_key_is_refused(key):
    assert errors(key, 100, "A1", "Vila", "Vila") == {"key": ["not-a-pix-key"]}


@pytest.mark.parametrize("amount", [0, -1, 10**12])
def test_an_amount_of_nothing_or_beyond_the_field_is_refused(amount):
    assert errors(RANDOM_KEY, amount, "A1", "Vila", "Vila") == {"amount_cents": ["out-of-range"]}


@pytest.mark.parametrize("txid", ["", "a" * 26, "2026/000123", "ção", "A 1"])
def test_a_txid_of_other_characters_or_too_long_is_refused(txid):
    assert errors(RANDOM_KEY, 100, txid, "Vila", "Vila") == {"txid": ["not-a-txid"]}


def test_every_field_that_does_not_hold_is_named():
    assert set(errors("", 0, "*", "日本", "\n")) == {"key", "amount_cents", "txid", "merchant", "city"}


def test_the_txid_of_a_case_keeps_its_letters_and_digits():
    assert txid_for("2026/000123-7", 2) == "20260001237P2"


@pytest.mark.parametrize(("number", "sequence"), [("", 1), ("2026/000123", 0), ("9" * 24, 1)])
def test_a_txid_that_cannot_be_made_is_refused(number, sequence):
    with pytest.raises(BadInput):
        txid_for(number, sequence)


@given(st.integers(1, 9999), st.integers(1, 9999))
def test_two_charges_of_a_case_never_share_a_txid(one, other):
    assert (txid_for("2026/000123", one) == txid_for("2026/000123", other)) == (one == other)


@given(st.integers(1, 10**12 - 1), st.from_regex(r"[a-zA-Z0-9]{1,25}", fullmatch=True), TEXTS, TEXTS)
def test_what_is_written_is_read_back(cents, txid, merchant, city):
    read = read_br_code(br_code(RANDOM_KEY, cents, txid, merchant, city))

    assert (read.key, read.amount_cents, read.txid) == (RANDOM_KEY, cents, txid)
    assert (read.merchant, read.city) == (merchant[:25], city[:15])


@given(st.integers(0, len(PUBLISHED) - 1), st.characters(codec="ascii", categories=["L", "N"]))
def test_no_changed_character_passes_the_check(place, char):
    changed = PUBLISHED[:place] + char + PUBLISHED[place + 1 :]

    if changed.upper() != PUBLISHED.upper():
        with pytest.raises(BadInput):
            read_br_code(changed)


@pytest.mark.parametrize("text", ["", "6304FFFF", "x" * 600, "ção", PUBLISHED[:-1], PUBLISHED[:-4] + "0000"])
def test_what_is_no_br_code_is_refused(text):
    assert unreadable(text)[0] in ("not-a-br-code", "bad-crc", "bad-structure", "not-static-pix")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    assert unreadable(text)
