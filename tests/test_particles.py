"""Korean particles follow the sound of the word before them."""

from __future__ import annotations

import pytest

from tunewidgets import language
from tunewidgets.particles import settled


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("#110이(가)", "#110이"),
        ("#2이(가)", "#2가"),
        ("0.001(으)로", "0.001로"),  # 일로
        ("1.0e-3(으)로", "1.0e-3으로"),
        ("은닉층을(를) 늘리고 뉴런은(는) 그대로", "은닉층을 늘리고 뉴런은 그대로"),
        ("'학습률'을(를) '에포크'(으)로", "'학습률'을 '에포크'로"),
        ("'relu'은(는), <b>이(가)", "'relu'은(는), <b>이(가)"),  # letters may be read either way
    ],
)
def test_the_form_is_chosen_where_the_word_tells(written, read):
    assert settled(written) == read


def test_a_translated_sentence_has_the_right_ones():
    with language.speaking("ko"):
        told = language.translate("{name} is now {value}", name="epochs", value=10)
    assert told == "epochs 값을 10으로 바꿨습니다"
