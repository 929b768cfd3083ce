"""A form that was put aside and taken up again: buttons of the time before press nothing."""

from typing import Any

from tests.handlers.talks import goes, open_form
from tests.talk import Stage


def answered(form: dict[str, Any] | None) -> tuple[Any, ...]:
    """What a stored form knows, and at which question it stands."""
    assert form is not None
    return form["step"], form["answers"], form.get("skipped")


async def test_buttons_of_the_time_before_press_nothing(bot: Stage) -> None:
    worker = await bot.person("Nguyễn Thị Nga")
    older = await goes(
        worker,
        ("/sangkien", "tên là gì"),
        ("Đồ gá khoan", "làm thế nào"),
        ("Hàn tấm gá", "lĩnh vực"),
    )
    await worker.says("/menu")
    await worker.taps("Viết tiếp bản đang dở")
    stood = answered(await open_form(bot, worker))
    assert stood[0] == "field"

    for label in ("Kỹ thuật", "Quay lại"):
        await worker.taps(label, older)
        assert answered(await open_form(bot, worker)) == stood, label

    # The question was shown anew, and that one can be pressed.
    await worker.taps("Kỹ thuật")
    assert answered(await open_form(bot, worker)) != stood
