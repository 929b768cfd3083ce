"""The picture of a campaign: who may see it of which unit, light and dark."""

from bot.channels.web import NAME as WEB
from storage.people.tables import Role
from tests.handlers.campaigns.test_campaign import makes
from tests.talk import Stage


async def test_officers_below_see_a_campaigns_picture_of_their_own_unit(bot: Stage) -> None:
    officer = await bot.person("Lê Thu Hà", unit="CTVN", role=Role.OFFICER)
    below = await bot.person("Lê Văn Sơn", unit="RALACO", role=Role.OFFICER)
    await makes(officer)
    own, other = (await bot.unit("RALACO")).id, (await bot.unit("VEAM")).id

    for action in ("cp.picture.1", f"cp.picture.1.{own}", f"cp.picture.1.{own}.dark"):
        shown = await below.presses(action)
        assert "Tuần sáng kiến" in shown.text
        assert shown.pictures == 1
        # The web page follows the phone: nobody has to choose there.
        assert any("Nền" in label for label, _ in shown.buttons) == (bot.channel != WEB)
    for action in (f"cp.picture.1.{other}", f"cp.picture.1.{other}.dark", "cp.picture.1.999999"):
        assert "quyền" in (await below.presses(action)).text
    assert (await officer.presses(f"cp.picture.1.{other}.dark")).pictures == 1
