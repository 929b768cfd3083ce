"""Choices without buttons: whatever is listed can be typed, and nothing else presses anything."""

import unicodedata

from hypothesis import assume, given
from hypothesis import strategies as st
from markupsafe import Markup

from bot.conversation import numbered
from bot.conversation.numbered import LONGEST, PAGE, SOONEST_MS, Menu, More, Pressed, Unfit
from bot.conversation.text import fold
from bot.conversation.vocabulary import Choice, Screen
from bot.texts import Texts

SAY = Texts.load().say("vi")
NOW = 1_764_000_000_000
BACK, LEAVE = Choice("◀ Quay lại", "f.ab.x.b.", word="0"), Choice("✕ Thoát", "f.ab.x.x.", word="huy")

labels = st.text(min_size=1, max_size=30).filter(lambda text: bool(fold(text)) and "\n" not in text)


def screen(*names: str, asks_words: bool = False, words: tuple[Choice, ...] = ()) -> Screen:
    rows = tuple((Choice(name, f"do.{at}"),) for at, name in enumerate(names))
    return Screen(Markup("Bạn chọn gì?"), (*rows, *((word,) for word in words)), asks_words=asks_words)


def shown(*screens: Screen) -> tuple[str, Menu]:
    laid_out, menu = numbered.lay_out(screens, SAY, NOW, None)
    assert menu is not None
    return "\n\n".join(str(one.text.unescape()) for one in laid_out), menu


# ---------------------------------------------------------------- what is listed can be typed


@given(st.lists(labels, min_size=1, max_size=60), st.booleans())
def test_every_choice_has_its_own_key_and_presses_itself(names: list[str], asks_words: bool) -> None:
    _, menu = shown(screen(*names, asks_words=asks_words))
    keys = [one.key for one in menu.entries if one.key]
    assert len(set(keys)) == len(keys)
    for one in menu.entries:
        if one.key:
            assert numbered.find(menu, one.key) == Pressed(one.action)
            assert numbered.find(menu, f" {one.key.upper()}. ") == Pressed(one.action)


@given(st.lists(labels, min_size=1, max_size=12, unique_by=fold), st.data())
def test_a_label_is_taken_however_it_is_typed(names: list[str], data: st.DataObject) -> None:
    assume(not any(fold(name).replace(" ", "").isalnum() and fold(name)[0].isdigit() for name in names))
    assume(not {fold(name) for name in names} & {"tiep", "more", "next", "xem them", "xem tiep"})
    _, menu = shown(screen(*names))
    at = data.draw(st.integers(0, len(names) - 1))
    apart = unicodedata.normalize("NFD", names[at].upper())
    for typed in (names[at], fold(names[at]), names[at].upper(), apart):
        if not typed.strip().startswith("/"):
            assert numbered.find(menu, typed) == Pressed(f"do.{at}"), typed


@given(st.text(max_size=40), st.lists(labels, max_size=8), st.booleans())
def test_nothing_presses_what_was_not_listed(typed: str, names: list[str], asks_words: bool) -> None:
    _, menu = shown(screen(*names, asks_words=asks_words, words=(BACK, LEAVE)))
    found = numbered.find(menu, typed)
    if isinstance(found, Pressed):
        assert found.action in {one.action for one in (*menu.entries, *menu.words)}


@given(st.integers(0, 10**6))
def test_a_number_is_an_answer_where_words_are_asked_for(number: int) -> None:
    _, menu = shown(screen("Không tính được bằng tiền", asks_words=True, words=(BACK, LEAVE)))
    found = numbered.find(menu, str(number))
    assert found == (Pressed(BACK.action) if number == 0 else None)


def test_two_of_a_name_are_asked_for_by_number() -> None:
    _, menu = shown(screen("Xem lại"), Screen(Markup("Khác"), ((Choice("Xem lại", "other"),),)))
    assert numbered.find(menu, "xem lai") == Unfit("numbers.twice", "xem lai")
    assert numbered.find(menu, "2") == Pressed("other")


def test_fixed_words_go_back_and_leave_and_are_taken_without_diacritics() -> None:
    text, menu = shown(screen("Kỹ thuật", words=(BACK, LEAVE)))
    assert text.endswith("<i>Nhắn số để chọn · 0: Quay lại · huỷ: Thoát</i>")
    for typed in ("huy", "Huỷ", "HỦY", " huỷ "):
        assert numbered.find(menu, typed) == Pressed(LEAVE.action)
    assert numbered.find(menu, "0") == Pressed(BACK.action)


def test_numbers_are_read_as_people_write_them() -> None:
    _, menu = shown(screen("Một", "Hai", "Ba"))
    for typed in ("2", "2.", "2)", "số 2", "So 2", "chọn 2", "02", "２", "2\ufe0f\u20e3"):
        assert numbered.find(menu, typed) == Pressed("do.1"), typed
    for typed in ("2 cái", "15/3/2022", "2tr", "Hai ba", "/2", "-2", "2,5"):
        assert not isinstance(numbered.find(menu, typed), Pressed), typed


# ---------------------------------------------------------------- what is stale presses nothing


@given(st.integers(1, 999))
def test_a_number_that_is_not_there_says_so_and_lists_again(number: int) -> None:
    _, menu = shown(screen("Một", "Hai", "Ba"))
    assume(number > 3)
    found = numbered.find(menu, str(number))
    assert found == Unfit("numbers.not_there", str(number))
    again = numbered.again(menu, SAY, SAY("numbers.not_there", typed=str(number)))
    assert str(number) in again.text
    assert "3. Ba" in again.text


def test_a_number_typed_before_its_list_could_be_seen_presses_nothing() -> None:
    _, menu = shown(screen("Duyệt", "Trả lại"))
    assert numbered.find(menu, "1", NOW - 5_000) == Unfit("numbers.too_early", "1")
    assert numbered.find(menu, "1", NOW + SOONEST_MS - 1) == Unfit("numbers.too_early", "1")
    assert numbered.find(menu, "1", NOW + SOONEST_MS) == Pressed("do.0")
    assert numbered.find(menu, "1") == Pressed("do.0")
    # What a choice is called says what is meant, whenever it was typed.
    assert numbered.find(menu, "trả lại", NOW - 5_000) == Pressed("do.1")


@given(st.integers(1, 999_999), st.sampled_from("abcdef"))
def test_a_notices_code_is_no_number_of_a_list(number: int, letter: str) -> None:
    _, menu = shown(screen("Một", "Hai", "Ba"))
    code = f"#{number}{letter}"
    assert numbered.find(menu, code) is None
    assert numbered.find_code(code, bare=False) == (number, letter)
    assert numbered.find_code(code[1:].upper(), bare=True) == (number, letter)
    assert numbered.find_code(code[1:], bare=False) is None


# ---------------------------------------------------------------- how it looks


@given(st.lists(labels, min_size=LONGEST + 1, max_size=70))
def test_a_long_list_comes_in_pages_whose_numbers_go_on(names: list[str]) -> None:
    _, menu = shown(screen(*names))
    assert menu.shown == PAGE
    seen = PAGE
    while seen < len(names):
        assert numbered.find(menu, "tiếp") == More()
        page, menu = numbered.more(menu, SAY)
        assert page.text.unescape().startswith(f"{seen + 1}. ")
        seen = min(seen + PAGE, len(names))
        assert menu.shown == seen
    assert numbered.find(menu, str(len(names))) == Pressed(f"do.{len(names) - 1}")


def test_lists_of_one_answer_go_on_from_each_other() -> None:
    text, _ = shown(screen("Một", "Hai"), Screen(Markup("Và?"), ((Choice("Ba", "three"),),)))
    assert "2. Hai" in text
    assert "3. Ba" in text
    assert text.count("Nhắn số để chọn") == 1


def test_a_place_in_a_ranking_is_no_second_number() -> None:
    text, menu = shown(screen("9. Rạng Đông", "10. Habeco"))
    assert "1. Rạng Đông" in text
    assert numbered.find(menu, "habeco") == Pressed("do.1")


def test_links_are_text_and_have_no_number() -> None:
    link = Choice("Mở bằng Telegram", url="https://t.me/bot?start=A&b=1")
    text, menu = shown(Screen(Markup("Mã"), ((link,), (Choice("Một", "one"),))))
    assert "Mở bằng Telegram: https://t.me/bot?start=A&b=1" in text
    assert [one.label for one in menu.entries] == ["Một"]


def test_what_people_wrote_stays_what_it_is() -> None:
    laid_out, _ = numbered.lay_out([screen("<b>Đồ gá</b> & kẹp")], SAY, NOW, None)
    assert "1. &lt;b&gt;Đồ gá&lt;/b&gt; &amp; kẹp" in laid_out[0].text


def test_a_change_in_place_is_said_by_its_new_lines() -> None:
    card = Screen(Markup("Mã 1\nTên\nĐơn vị\nNội dung dài\nCòn 30 ngày"), ((Choice("Nhận xem", "c"),),))
    _, menu = numbered.lay_out([card], SAY, NOW, None)
    claimed = Screen(
        Markup("Mã 1\nTên\nĐơn vị\nNội dung dài\nCòn 30 ngày\nBạn đang giữ"), card.rows, in_place=True
    )
    laid_out, after = numbered.lay_out([claimed], SAY, NOW, menu)
    assert laid_out[0].text.startswith("Mã 1\nBạn đang giữ\n")
    assert "Nội dung dài" not in laid_out[0].text
    assert after is not None
    other = Screen(Markup("Mã 2\nTên khác\nĐơn vị\nViệc khác\nCòn 3 ngày"), card.rows, in_place=True)
    laid_out, _ = numbered.lay_out([other], SAY, NOW, after)
    assert "Việc khác\nCòn 3 ngày" in laid_out[0].text


@given(st.lists(labels, max_size=8), st.booleans(), st.integers(0, 2**45))
def test_a_menu_is_stored_as_it_is(names: list[str], asks_words: bool, made_ms: int) -> None:
    _, menu = numbered.lay_out([screen(*names, asks_words=asks_words, words=(BACK,))], SAY, made_ms, None)
    assert menu is not None
    assert Menu.from_json(menu.to_json()) == menu


def test_an_answer_without_choices_leaves_the_menu_that_is_there() -> None:
    laid_out, menu = numbered.lay_out([Screen(Markup("Đã ghi."))], SAY, NOW, None)
    assert menu is None
    assert [one.text for one in laid_out] == ["Đã ghi."]


# ---------------------------------------------------------------- what can be tapped


@given(st.lists(labels, min_size=1, max_size=5), st.booleans())
def test_a_few_choices_stay_to_be_tapped_and_each_tap_presses_its_own(
    names: list[str], asks_words: bool
) -> None:
    (one,), menu = numbered.lay_out([screen(*names, asks_words=asks_words)], SAY, NOW, None, taps=5)
    assert menu is not None
    assert one.text == "Bạn chọn gì?", "no list besides the buttons"
    for at, choice in enumerate(one.choices):
        assert numbered.find(menu, choice.says) == Pressed(f"do.{at}")
    assert numbered.find(menu, "a" if asks_words else "1") == Pressed("do.0"), (
        "who types is understood as well"
    )


@given(st.integers(6, 30), st.booleans())
def test_more_than_can_be_tapped_is_a_list_of_all(number: int, asks_words: bool) -> None:
    many = screen(*(f"Mục {at}" for at in range(number)), asks_words=asks_words)
    (few, listed), menu = numbered.lay_out([screen("Một"), many], SAY, NOW, None, taps=5)
    assert not few.choices
    assert not listed.choices
    assert menu is not None
    assert len(menu.entries) == number + 1


def test_the_button_of_an_older_message_presses_nothing_and_the_list_comes_again() -> None:
    (old,), _ = numbered.lay_out([screen("Có", "Không")], SAY, NOW, None, taps=5)
    again = Screen(Markup("Xoá hết nhé?"), ((Choice("Có", "erase"), Choice("Không", "menu")),))
    _, menu = numbered.lay_out([again], SAY, NOW, None, taps=5)
    assert menu is not None
    found = numbered.find(menu, old.choices[0].says)
    assert found == Unfit("numbers.old_tap", "")
    shown_again = numbered.again(menu, SAY, SAY("numbers.old_tap"), taps=5)
    assert [choice.label for choice in shown_again.choices] == ["Có", "Không"]
    assert [numbered.find(menu, choice.says) for choice in shown_again.choices] == [
        Pressed("erase"),
        Pressed("menu"),
    ]


def test_what_looks_like_a_tap_and_is_none_is_what_somebody_wrote() -> None:
    _, menu = shown(screen("Có"))
    for typed in ("~", "~30 phút mỗi ngày", "~0123456789abcdeg", "~0123456789abcdef0"):
        assert numbered.find(menu, typed) is None, typed


def test_a_tap_on_a_notice_says_its_code() -> None:
    notice = Screen(
        Markup("Cần sửa"),
        (
            (Choice("✎ Sửa", "mend.1"), Choice("☰ Menu", "menu", word="menu")),
            (Choice("Xem", url="https://x.example.vn"),),
        ),
    )
    laid_out, entries = numbered.with_codes(notice, SAY, 12, taps=5)
    assert laid_out.text == "Cần sửa"
    assert [choice.says for choice in laid_out.choices] == ["#12a", "menu", ""]
    assert [(one.key, one.action) for one in entries] == [("a", "mend.1")]


def test_a_notice_has_codes_and_takes_no_number() -> None:
    notice = Screen(Markup("Cần sửa"), ((Choice("✎ Sửa", "mend.1"), Choice("☰ Menu", "menu", word="menu")),))
    laid_out, entries = numbered.with_codes(notice, SAY, 12)
    assert "#12a ✎ Sửa" in laid_out.text
    assert laid_out.text.endswith("<i>Nhắn mã để chọn, ví dụ #12a · menu: Menu</i>")
    assert [(one.key, one.action) for one in entries] == [("a", "mend.1")]
