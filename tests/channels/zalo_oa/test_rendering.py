"""Screens as Zalo takes them: composed letters, and buttons of its length."""

import unicodedata

from markupsafe import Markup

from bot.channels.zalo_oa import rendering
from bot.conversation.vocabulary import Choice


def test_markup_becomes_plain_words_in_the_form_that_zalo_counts() -> None:
    typed = unicodedata.normalize("NFD", "Nguyễn")
    shown = Markup("<b>Chào {}</b> &amp; <i>bạn</i> &lt;3").format(typed)
    assert rendering.plain(shown) == "Chào Nguyễn & bạn <3"


def test_a_button_presses_or_opens() -> None:
    choices = [
        Choice("✓ Duyệt", "review.approve.7", says="#4a"),
        Choice("Xem trang", url="https://sangkien.example.vn/t/7"),
    ]
    assert rendering.buttons(choices, 100) == [
        {"type": "oa.query.hide", "title": "✓ Duyệt", "payload": "#4a"},
        {"type": "oa.open.url", "title": "Xem trang", "payload": {"url": "https://sangkien.example.vn/t/7"}},
    ]


def test_a_long_label_is_cut_on_the_button_between_words() -> None:
    label = "Công đoàn Nhà máy Bóng đèn Phích nước Rạng Đông, phân xưởng lắp ráp số hai"
    (shown,) = rendering.buttons([Choice(label, "unit.5", says="~5")], 30)
    assert shown["title"] == "Công đoàn Nhà máy Bóng đèn…"
