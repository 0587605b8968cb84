from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.forms.scalars import (
    Fault,
    clean,
    punctuated,
    read_cep,
    read_cnpj,
    read_cpf,
    read_cpf_or_cnpj,
    read_date,
    read_datetime,
    read_email,
    read_inscricao,
    read_number,
    read_phone,
    read_time,
    scalar_text,
    spoken,
)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1.620,5", "1620.5"),
        ("1620.5", "1620.5"),
        ("1620,5", "1620.5"),
        ("1.620", "1620"),  # a point before three digits parts thousands
        ("0.620", "0.620"),  # but not after a zero
        ("1.62", "1.62"),
        ("1.620.000", "1620000"),
        ("R$ 1.620,50", "1620.50"),
        ("R$ -3,00", "-3.00"),
        ("-1.620,5", "-1620.5"),
        ("\u22125", "-5"),
        (" 7 ", "7"),
        (",5", "0.5"),
        ("1\u00a0620,5", "1620.5"),
        (3, "3"),
        (0.1, "0.1"),
        (Decimal("2.50"), "2.50"),
    ],
)
def test_a_number_is_read_as_brazilians_write_it(typed, number):
    assert Decimal(number) == read_number(typed)


@pytest.mark.parametrize(
    "typed",
    [
        *["1,620.50", "1.62.0", "1.6205,5", "1e5", "abc", "NaN", "Infinity", "--1", "1,2,3", "²", "9" * 61, "9" * 22],
        *[float("nan"), float("inf"), Decimal("sNaN"), Decimal("1e9999"), 10**40, True, None, [], {}],
    ],
)
def test_what_is_not_a_number_is_refused(typed):
    with pytest.raises(Fault, match="not-a-number"):
        read_number(typed)


@given(st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, places=4))
def test_a_number_shown_and_read_again_is_the_same(number):
    assert number == read_number(scalar_text(number))


@given(st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, places=2))
def test_a_number_spoken_with_thousands_and_read_again_is_the_same(number):
    assert number == read_number(spoken(number))


@pytest.mark.parametrize("typed", ["529.982.247-25", "52998224725", " 529 982 247 25 "])
def test_a_cpf_is_kept_as_eleven_digits(typed):
    assert read_cpf(typed) == "52998224725"


@pytest.mark.parametrize(
    "typed", ["529.982.247-24", "111.111.111-11", "000.000.000-00", "5299822472", "abc", "5299822472\u0665"]
)
def test_a_wrong_cpf_is_refused(typed):
    with pytest.raises(Fault, match=r"^cpf$"):
        read_cpf(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("12.ABC.345/01DE-35", "12ABC34501DE35"),  # the Receita Federal's published example
        ("12.abc.345/01de-35", "12ABC34501DE35"),
        ("12ABC34501DE35", "12ABC34501DE35"),
        ("16.727.230/0001-97", "16727230000197"),
        ("00.000.000/0001-91", "00000000000191"),
    ],
)
def test_a_cnpj_may_have_letters_and_is_kept_in_upper_case(typed, kept):
    assert kept == read_cnpj(typed)


@pytest.mark.parametrize(
    "typed",
    ["12.ABC.345/01DE-36", "12.ABC.345/01DE-3A", "1A.ABC.345/01DE-35", "16.727.230/0001-98", "00000000000000", "12ABC"],
)
def test_a_wrong_cnpj_is_refused(typed):
    with pytest.raises(Fault, match=r"^cnpj$"):
        read_cnpj(typed)


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=12, max_size=12), st.integers(0, 98))
def test_check_digits_follow_ascii_less_48_modulo_11(base, shift):
    def digit(text: str) -> str:
        total = sum((ord(mark) - 48) * (2 + index % 8) for index, mark in enumerate(reversed(text)))
        return str(0 if total % 11 < 2 else 11 - total % 11)

    first = digit(base)
    right = base + first + digit(base + first)
    wrong = base + f"{(int(right[-2:]) + 1 + shift) % 100:02d}"

    if not base.startswith("000000000000"):
        assert right == read_cnpj(right.lower())
        assert right == read_cpf_or_cnpj(punctuated("cnpj", right))
    with pytest.raises(Fault):
        read_cnpj(wrong)


@pytest.mark.parametrize(
    ("reader", "typed", "kept"),
    [
        (read_cpf_or_cnpj, "529.982.247-25", "52998224725"),
        (read_cep, "88301-000", "88301000"),
        (read_cep, "88.301-000", "88301000"),
        (read_inscricao, "01.02.045.0123-001", "01020450123001"),
        (read_phone, "(47) 99999-0000", "47999990000"),
        (read_phone, "+55 47 3333-4444", "4733334444"),
        (read_phone, "047 3333 4444", "4733334444"),
        (read_phone, "+351 21 000 0000", "+351210000000"),
        (read_email, "ana@prefeitura.sc.gov.br", "ana@prefeitura.sc.gov.br"),
        (read_date, "2026-02-28", "2026-02-28"),
        (read_date, "28/02/2026", "2026-02-28"),
        (read_date, "1/3/2026", "2026-03-01"),
        (read_time, "14:30", "14:30:00"),
        (read_time, "9h05", "09:05:00"),
        (read_datetime, "2026-11-23T14:30", "2026-11-23T14:30:00"),
        (read_datetime, "23/11/2026 14:30", "2026-11-23T14:30:00"),
        (read_datetime, "2026-11-23T14:30:00-03:00", "2026-11-23T14:30:00-03:00"),
    ],
)
def test_a_right_answer_is_kept_in_one_form(reader, typed, kept):
    assert kept == reader(typed)
    assert kept == reader(kept)


@pytest.mark.parametrize(
    ("reader", "typed", "code"),
    [
        (read_cpf_or_cnpj, "529.982.247-26", "cpf-cnpj"),
        (read_cpf_or_cnpj, "", "cpf-cnpj"),
        (read_cep, "8830100", "cep"),
        (read_cep, "00000-000", "cep"),
        (read_inscricao, "abcd", "inscricao"),
        (read_inscricao, "1", "inscricao"),
        (read_phone, "99999-0000", "phone"),
        (read_phone, "(01) 99999-0000", "phone"),
        (read_phone, "(47) 19999-0000", "phone"),
        (read_email, "ana@prefeitura", "email"),
        (read_email, "a b@c.d", "email"),
        (read_email, "a@b.c\n", "email"),
        (read_date, "2026-02-30", "not-a-date"),
        (read_date, "31/04/2026", "not-a-date"),
        (read_date, "0026-01-01", "not-a-date"),
        (read_date, "amanhã", "not-a-date"),
        (read_time, "24:00", "not-a-time"),
        (read_time, "14", "not-a-time"),
        (read_datetime, "2026-11-23", "not-a-date"),
        (read_datetime, "2026-11-23T25:00", "not-a-date"),
    ],
)
def test_a_wrong_answer_is_refused_by_its_own_code(reader, typed, code):
    with pytest.raises(Fault) as refused:
        reader(typed)

    assert code == refused.value.code


@given(st.text())
def test_any_text_is_either_kept_or_refused(text):
    readers = [clean, read_number, read_cpf, read_cnpj, read_cpf_or_cnpj, read_cep, read_inscricao, read_phone]
    for reader in [*readers, read_email, read_date, read_time, read_datetime]:
        with suppress(Fault):
            assert reader(text) is not None


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "a\x1bb", "\ufffe"])
def test_signs_that_nobody_can_see_are_refused(text):
    with pytest.raises(Fault, match="bad-characters"):
        clean(text)


def test_lines_are_joined_in_a_single_line_and_kept_in_an_area():
    assert clean(" a\r\nb ") == "a b"
    assert clean(" a\r\nb ", multiline=True) == "a\nb"
    assert clean("a\u0303") == "\u00e3"


@pytest.mark.parametrize(
    ("validator", "kept", "shown"),
    [
        ("cpf", "52998224725", "529.982.247-25"),
        ("cpf_cnpj", "52998224725", "529.982.247-25"),
        ("cpf_cnpj", "12ABC34501DE35", "12.ABC.345/01DE-35"),
        ("cep", "88301000", "88301-000"),
        ("fone", "47999990000", "(47) 99999-0000"),
        ("fone", "4733334444", "(47) 3333-4444"),
        ("cpf", "5299", "5299"),
        ("", "52998224725", "52998224725"),
    ],
)
def test_numbers_are_shown_with_their_punctuation(validator, kept, shown):
    assert shown == punctuated(validator, kept)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (8000, "8.000"), (Decimal("8000.50"), "8.000,50"), (0, "0"), (-1234567, "-1.234.567"), (999, "999"),
        (True, "sim"), ([1000, Decimal("0.5")], "1.000, 0,5"), ("8000", "8000"), (None, ""),
    ],
)  # fmt: skip
def test_whole_numbers_are_spoken_with_their_points_as_others_are(value, said):
    assert spoken(value) == said


@pytest.mark.parametrize(
    ("bare", "mask", "written"),
    [
        ("01020330450001", "99.99.999.9999.999", "01.02.033.0450.001"),
        ("0102033", "99.99.999.9999.999", "0102033"),  # not a whole number of this city
        ("0102033045000A", "99.99.999.9999.999", "0102033045000A"),
        ("12A4", "99A-*", "12A-4"),
        ("", "99.99", ""),
        ("1234", "", "1234"),
    ],
)
def test_a_number_with_a_citys_mask_is_written_in_it_or_left_alone(bare, mask, written):
    assert punctuated("inscricao", bare, mask) == written
