"""Screens as Zalo takes them: cut where it hurts least, and buttons that say what somebody would type."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.zalo_oa import rendering
from bot.conversation.vocabulary import Choice


def test_markup_becomes_plain_words_in_the_form_that_zalo_counts() -> None:
    typed = unicodedata.normalize("NFD", "Nguyễn")
    assert rendering.plain(f"<b>Chào {typed}</b> &amp; <i>bạn</i> &lt;3") == "Chào Nguyễn & bạn <3"


def test_a_long_text_is_cut_between_paragraphs_then_lines_then_sentences_then_words() -> None:
    first, second = "a " * 30 + "a", "b " * 30 + "b"
    for between in ("\n\n", "\n", ". ", " "):
        parts = rendering.parts(f"{first}{between}{second}", 80)
        assert [part[0] for part in parts] == ["a", "b"], between
    sentence = "Một câu ngắn thôi. Rồi một câu nữa dài hơn một chút"
    assert rendering.parts(sentence, 30) == ["Một câu ngắn thôi.", "Rồi một câu nữa dài hơn một", "chút"]


def test_a_cut_near_the_beginning_is_none() -> None:
    assert rendering.parts("Ghi chú:\n\n" + "x" * 50, 40) == ["Ghi chú:\n\n" + "x" * 30, "x" * 20]


@given(st.text(alphabet="aă\n .😀&<", min_size=1, max_size=400), st.integers(10, 60))
def test_every_part_fits_and_no_word_is_lost(text: str, limit: int) -> None:
    parts = rendering.parts(text, limit)
    assert all(0 < rendering.length(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_up_to_five_choices_are_buttons_that_send_their_own_words() -> None:
    choices = [
        Choice("✓ Duyệt", "review.approve.7"),
        Choice("Xem trang", url="https://sangkien.example.vn/t/7"),
    ]
    assert rendering.buttons(choices, 100) == [
        {"type": "oa.query.show", "title": "✓ Duyệt", "payload": "✓ Duyệt"},
        {"type": "oa.open.url", "title": "Xem trang", "payload": {"url": "https://sangkien.example.vn/t/7"}},
    ]
    assert rendering.buttons([], 100) is None
    assert rendering.buttons([Choice(str(one), f"x.{one}") for one in range(6)], 100) is None


def test_buttons_with_the_same_words_or_none_send_their_numbers() -> None:
    choices = [Choice("Sửa", "a"), Choice("↩", "b"), Choice("SỬA!", "c"), Choice("Thôi", "d")]
    shown = rendering.buttons(choices, 100)
    assert shown is not None
    assert [one["payload"] for one in shown] == ["1", "2", "3", "Thôi"]


def test_a_long_label_is_cut_on_the_button_and_whole_in_what_it_sends() -> None:
    label = "Công đoàn Nhà máy Bóng đèn Phích nước Rạng Đông, phân xưởng lắp ráp số hai"
    shown = rendering.buttons([Choice(label, "unit.5")], 30)
    assert shown is not None
    assert shown[0]["title"] == "Công đoàn Nhà máy Bóng đèn Ph…"
    assert shown[0]["payload"] == label


def test_more_choices_are_a_numbered_list_and_links_stand_by_themselves() -> None:
    choices = [Choice(f"Mục {one}", f"x.{one}") for one in range(1, 7)]
    choices.insert(2, Choice("Trang web", url="https://sangkien.example.vn"))
    assert rendering.listed("Chọn đi", choices).splitlines() == [
        "Chọn đi", "", "1. Mục 1", "2. Mục 2", "Trang web: https://sangkien.example.vn", "3. Mục 3", "4. Mục 4",
        "5. Mục 5", "6. Mục 6",
    ]  # fmt: skip
