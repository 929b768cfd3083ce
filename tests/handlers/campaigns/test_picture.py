"""The picture of a campaign: who may see it of which unit, light and dark."""

from bot.channels.web import NAME as WEB
from bot.screens.campaigns.actions import ShowCampaignPicture
from storage.people.tables import Role
from tests.handlers.campaigns.drives import makes
from tests.talk import Stage


async def test_officers_below_see_a_campaigns_picture_of_their_own_unit(bot: Stage) -> None:
    officer = await bot.person("Lê Thu Hà", unit="CTVN", role=Role.OFFICER)
    below = await bot.person("Lê Văn Sơn", unit="RALACO", role=Role.OFFICER)
    await makes(officer)
    own, other = (await bot.unit("RALACO")).id, (await bot.unit("VEAM")).id

    for action in (
        ShowCampaignPicture(1),
        ShowCampaignPicture(1, own),
        ShowCampaignPicture(1, own, dark=True),
    ):
        shown = await below.presses(action.pack())
        assert "Tuần sáng kiến" in shown.text
        assert shown.pictures == 1
        # The web page follows the phone: nobody has to choose there.
        assert any("Nền" in label for label, _ in shown.buttons) == (bot.channel != WEB)
    for forged in (
        ShowCampaignPicture(1, other),
        ShowCampaignPicture(1, other, dark=True),
        ShowCampaignPicture(999_999),
    ):
        assert "quyền" in (await below.presses(forged.pack())).text
    seen = await officer.presses(ShowCampaignPicture(1, other, dark=True).pack())
    assert seen.pictures == 1
