"""The columns of a Parquet file are read apart: whatever is in it, the reader's caller lives."""

import io
import random
import sys
from collections import Counter

import polars as pl
import pytest

from portfolio import apart, parquet
from portfolio.options import Options, PortfolioError
from tests.bulk.conftest import NAMES

OPTIONS = Options(format="parquet")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "portfolio"


@pytest.fixture
def whole():
    file = io.BytesIO()
    pl.DataFrame([dict.fromkeys(NAMES, 1.0)] * 20).write_parquet(file, row_group_size=7)
    return file.getvalue()


def test_the_columns_are_read(path, whole):
    path.write_bytes(whole)
    assert apart.columns(path, OPTIONS) == parquet.columns(path, OPTIONS) == tuple(NAMES)


def test_a_fault_is_told_across(path, whole):
    path.write_bytes(whole[:-9])
    with pytest.raises(PortfolioError, match="damaged or cut short") as refused:
        apart.columns(path, OPTIONS)
    assert refused.value.code == "unreadable"


def test_a_footer_that_claims_to_be_huge_is_not_read(path, whole):
    path.write_bytes(whole[:-8] + b"\xff\xff\xff\x7fPAR1")
    with pytest.raises(PortfolioError, match="damaged or cut short"):
        parquet.columns(path, OPTIONS)


def test_a_reader_that_dies_is_a_fault_of_the_file(path, whole, monkeypatch, tmp_path):
    dying = tmp_path / "python"
    dying.write_text("#!/bin/sh\nkill -ABRT $$\n")
    dying.chmod(0o755)
    path.write_bytes(whole)
    with monkeypatch.context() as patched:
        patched.setattr(apart, "reader", apart.Reader())
        patched.setattr(sys, "executable", str(dying))
        with pytest.raises(PortfolioError, match="footer cannot be read") as refused:
            apart.columns(path, OPTIONS)
    assert refused.value.code == "unreadable"
    assert apart.columns(path, OPTIONS) == tuple(NAMES)


def test_a_footer_that_ends_who_reads_it_ends_nobody_else(path, whole):
    """The fork that reads it dies, the program that stands by does not."""
    dice, refusals = random.Random(2), Counter()
    for _ in range(100):
        data = bytearray(whole)
        data[-8 - dice.randrange(int.from_bytes(whole[-8:-4], "little"))] ^= 1 << dice.randrange(8)
        path.write_bytes(data)
        try:
            apart.columns(path, OPTIONS)
        except PortfolioError as refused:
            refusals[refused.code] += 1
    assert refusals["unreadable"] > 20
    path.write_bytes(whole)
    assert apart.columns(path, OPTIONS) == tuple(NAMES)


def test_a_damaged_footer_is_a_clear_refusal(path, whole):
    """Some damage makes the library panic, which is no `Exception`."""
    footer = int.from_bytes(whole[-8:-4], "little")
    dice, codes = random.Random(1), Counter()
    for _ in range(500):
        data = bytearray(whole)
        for _ in range(dice.choice([1, 1, 3, 10])):
            data[-8 - dice.randrange(footer)] = dice.randrange(256)
        path.write_bytes(data)
        try:
            parquet.columns(path, OPTIONS)
        except PortfolioError as refused:
            codes[refused.code] += 1
    assert codes["unreadable"] > 200
