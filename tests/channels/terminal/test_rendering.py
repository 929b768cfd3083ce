"""What a screen looks like in a terminal, and what can be typed for its choices."""

from markupsafe import Markup

from bot.channels.terminal.channel import Shown
from bot.channels.terminal.console import Answer, ShownScreen
from bot.channels.terminal.printing import TextPrinter
from bot.channels.terminal.rendering import Typeable, as_text, typeable
from bot.conversation import numbered
from bot.conversation.vocabulary import Choice, Screen
from bot.texts import Texts

SAY = Texts.load().say("vi")


def test_bold_is_bold_only_where_the_terminal_writes_it() -> None:
    text = Markup("<b>Tên</b>: a &amp; &lt;b&gt; <i>nhé</i>")

    assert as_text(text) == "Tên: a & <b> nhé"
    assert as_text(text, bold=True) == "\x1b[1mTên\x1b[22m: a & <b> nhé"


def test_nothing_that_somebody_wrote_steers_the_terminal() -> None:
    assert as_text(Markup("\x1b[2Ja\r\x9b1mb\tc\nd"), bold=True) == "[2Ja1mb\tc\nd"


def test_what_can_be_typed_is_found_in_what_was_laid_out() -> None:
    letters = Screen(
        Markup("Mấy giờ?"),
        (
            (Choice("Hôm nay", "a.1"), Choice(Markup("Sáng &amp; chiều"), "a.2")),
            (Choice("◀ Quay lại", "back", word="0"),),
        ),
        asks_words=True,
    )
    laid_out, menu = numbered.lay_out([Screen(Markup("Chào bạn!")), letters], SAY, 0, None)
    coded, entries = numbered.with_codes(Screen(Markup("Tin mới"), ((Choice("Xem", "see"),),)), SAY, 12)
    assert menu is not None

    texts = [as_text(one.text) for one in (coded, *laid_out)]
    offers = {12: [(one.key, one.label, one.action) for one in entries]}

    assert typeable(texts, menu, offers) == [
        (Typeable("#12a", "Xem", "see"),),
        (),
        (
            Typeable("a", "Hôm nay", "a.1"),
            Typeable("b", "Sáng & chiều", "a.2"),
            Typeable("0", "Quay lại", "back"),
        ),
    ]


def test_the_rest_of_a_long_list_is_typeable_once_it_is_shown() -> None:
    rows = tuple((Choice(f"Mục {at}", f"a.{at}"),) for at in range(1, 31))
    laid_out, menu = numbered.lay_out([Screen(Markup("Nhiều"), rows)], SAY, 0, None)
    assert menu is not None
    rest, after = numbered.more(menu, SAY)

    first = typeable([as_text(laid_out[0].text)], menu, {})[0]
    second = typeable([as_text(rest.text)], after, {})[0]

    assert [one.typed for one in first + second] == [str(at) for at in range(1, 31)]


def test_what_the_bot_says_by_itself_is_told_from_an_answer() -> None:
    lines: list[str] = []
    notice = ShownScreen(Shown(Markup("Tin"), is_notice=True), "Tin")
    answer = ShownScreen(Shown(Markup("Chào\n\nbạn")), "Chào\n\nbạn")

    TextPrinter(lines.append, SAY, bold=False, echo=True).answer(Answer("xin chào", (notice, answer)))

    assert lines == ["> xin chào", "  — Bot tự nhắn —", "  Tin", "", "  Chào", "", "  bạn", ""]
