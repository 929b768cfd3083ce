"""The recipe of a role: a council with a screen of its own is invited, sees it in the menu, and nobody else does."""

import json
import re
from pathlib import Path
from typing import Any

from tests.recipes.tree import Tree

_HANDLERS = '''"""What the council scores."""

from bot.conversation.actions import Action, action
from bot.conversation.routing import Routes, Screens
from bot.conversation.vocabulary import Screen
from bot.handlers.turn import Turn
from bot.screens.rows import menu_row
from bot.services.people.rights import reach
from bot.services.people.roles import Power
from bot.services.refusal import Forbidden

routes: Routes[Turn] = Routes()


@action("scores")
class ShowScores(Action):
    """What waits for the council's scores."""


@routes.on(ShowScores)
async def show_scores(turn: Turn, _action: ShowScores) -> Screens:
    """The screen of the council."""
    if not (await reach(turn.act)).has(Power.SCORE):
        raise Forbidden
    return Screen(turn.say("council.scores"), (menu_row(turn.say),))
'''


def follow(tree: Tree) -> None:
    """The steps of CONTRIBUTING.md."""
    tree.changes(
        "storage/people/tables.py",
        '    OFFICER = "officer"\n',
        '    OFFICER = "officer"\n    COUNCIL = "council"\n',
    )
    roles = "bot/services/people/roles.py"
    tree.changes(roles, '    CAMPAIGN = "campaign"\n', '    CAMPAIGN = "campaign"\n    SCORE = "score"\n')
    tree.changes(
        roles,
        "    Role.OFFICER: frozenset(\n",
        "    Role.COUNCIL: frozenset({Power.SCORE}),\n    Role.OFFICER: frozenset(\n",
    )
    tree.adds("bot/handlers/recognition/council.py", _HANDLERS)
    feature = "bot/handlers/recognition/__init__.py"
    tree.changes(
        feature,
        "from bot.handlers.feature import Feature, MenuEntry, MenuRow\nfrom bot.handlers.recognition import entering\n",
        "from bot.handlers.feature import Feature, HelpPart, MenuEntry, MenuRow, routes_of\n"
        "from bot.handlers.recognition import council, entering\n",
    )
    tree.changes(
        feature,
        "    routes=entering.routes,\n    menu=(",
        "    routes=routes_of(entering.routes, council.routes),\n"
        '    help=(HelpPart("help.council", Power.SCORE),),\n'
        '    menu=(MenuEntry("menu.scores", MenuRow.CHECK, lambda _reach: council.ShowScores(), Power.SCORE), ',
    )
    tree.says("people/role.toml", 'council = "Hội đồng sáng kiến"', 'council = "Initiative council"')
    tree.says(
        "people/team.toml",
        'invite_council = "＋ Mời vào Hội đồng"',
        'invite_council = "＋ Invite to the council"',
    )
    tree.says("recognition/menu.toml", 'scores = "Chấm điểm"', 'scores = "Score"')
    tree.says(
        "recognition/help.toml",
        'council = "Chấm điểm các sáng kiến đã duyệt."',
        'council = "Score what is approved."',
    )
    tree.says(
        "recognition/council.toml",
        'scores = "Chưa có gì chờ chấm điểm."',
        'scores = "Nothing waits to be scored."',
    )


def says(tree: Tree, name: str, *lines: str) -> list[dict[str, Any]]:
    """What somebody of the demo is answered in the terminal."""
    words = ("-m", "bot", "chat", "--database", "demo.db", "--json", "--as", name)
    ran = tree.runs(*words, typed="\n".join(lines))
    assert ran.returncode == 0, ran.stderr[-3_000:]
    return [json.loads(line) for line in ran.stdout.splitlines()]


def labels(answer: dict[str, Any]) -> list[str]:
    return [choice["label"] for screen in answer["screens"] for choice in screen["choices"]]


def test_a_role_with_a_screen_takes_four_files_and_its_sentences(tmp_path: Path) -> None:
    tree = Tree.copied_to(tmp_path)
    follow(tree)

    ran = tree.tests(
        "not postgresql", "tests/services/people/test_roles.py", "tests/handlers/test_features.py"
    )
    assert ran.returncode == 0, ran.stdout[-4_000:] + ran.stderr[-2_000:]
    assert len(tree.changed) <= 4, sorted(tree.changed)

    (before,) = says(tree, "hoa", "menu")
    assert "Chấm điểm" not in labels(before)
    invited = tree.runs(
        "-c",
        "import os; os.environ['SANGKIEN_DATABASE__URL'] = 'sqlite:///demo.db';"
        "from bot.cli.main import main; main(['invite', 'RALACO', '--role', 'council'])",
    )
    assert invited.returncode == 0, invited.stderr[-3_000:]
    found = re.search(r"\b[2-9BCFGHJKMNPQRSTVXZ]{10}\b", invited.stdout)
    assert found is not None, invited.stdout
    asked, _, menu, screen = says(tree, "hoa", f"/ma {found[0]}", "1", "menu", "Chấm điểm")
    assert "Hội đồng sáng kiến" in asked["screens"][0]["text"]
    assert "Chấm điểm" in labels(menu)
    assert "Chưa có gì chờ chấm điểm." in screen["screens"][0]["text"]


def test_a_role_without_its_steps_is_named(tmp_path: Path) -> None:
    tree = Tree.copied_to(tmp_path)
    tree.changes(
        "storage/people/tables.py",
        '    OFFICER = "officer"\n',
        '    OFFICER = "officer"\n    COUNCIL = "council"\n',
    )

    ran = tree.tests("each", "tests/services/people/test_roles.py")

    assert ran.returncode == 1
    assert "role.council" in ran.stdout
    assert "COUNCIL" in ran.stdout
