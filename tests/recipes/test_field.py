"""The recipe of a field: "material saved (kg)" is asked, stored, mended, shown and written out."""

from pathlib import Path

import pytest

from tests.recipes.tree import Tree

_KILOGRAMS = """

def _kilograms(raw: str, _answers: Answers, _context: FormContext) -> Parsed:
    digits = raw.lower().removesuffix("kg").strip().replace(".", "")
    if not digits.isascii() or not digits.isdecimal() or not 0 < int(digits) < 10**9:
        raise Invalid("submit.material_saved.unclear", typed=raw)
    return Parsed.plain(int(digits))


#: Kilograms, a whole number of them.
KILOGRAMS = Shape(parse=_kilograms, show=lambda answer, _reading: f"{answer} kg", cell=lambda answer, _reading: answer)
"""

_MIGRATION = '''"""How much material an initiative saves."""

import sqlalchemy as sa
from alembic import op

revision = "{number:04}"
down_revision = "{before:04}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("initiative", sa.Column("material_saved", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("initiative", "material_saved")
'''


def column(tree: Tree) -> None:
    tree.changes(
        "storage/initiatives/tables.py",
        "    participants: Mapped[str | None] = mapped_column(Text)\n",
        "    participants: Mapped[str | None] = mapped_column(Text)\n"
        "    #: In kilograms.\n"
        "    material_saved: Mapped[int | None] = mapped_column(BigInteger)\n",
    )
    tree.changes(
        "storage/initiatives/tables.py",
        "benefit benefit_in_money confidential",
        "benefit material_saved benefit_in_money confidential",
    )
    versions = sorted(int(one.name[:4]) for one in (tree.root / "storage/migrations/versions").glob("0*.py"))
    number = versions[-1] + 1
    tree.adds(
        f"storage/migrations/versions/{number:04}_material_saved.py",
        _MIGRATION.format(number=number, before=versions[-1]),
    )


def descriptor(tree: Tree) -> None:
    fields, shapes = "bot/services/initiatives/fields.py", "bot/services/initiatives/shapes.py"
    tree.changes(fields, "    FILE_LIST,\n    PAST_DAY,\n", "    FILE_LIST,\n    KILOGRAMS,\n    PAST_DAY,\n")
    tree.changes(
        fields,
        "    AuthorDetails(\n",
        '    OneQuestion(name="material_saved", shape=KILOGRAMS, part=Part.EFFECT, can_be_pointed_at=True),\n'
        "    AuthorDetails(\n",
    )
    text = (tree.root / shapes).read_text(encoding="utf-8")
    (tree.root / shapes).write_text(text + _KILOGRAMS, encoding="utf-8")
    tree.changed.add(shapes)


def sentences(tree: Tree) -> None:
    tree.says(
        "initiatives/submit.toml",
        '[material_saved]\nask = "<b>Tiết kiệm được bao nhiêu kg vật tư</b> một năm?"\n'
        'label = "Vật tư tiết kiệm"\nunclear = "Mình chưa đọc được “{typed}”. Bạn ghi số kg giúp mình, như 120."',
        '[material_saved]\nask = "<b>How many kg of material</b> does it save a year?"\n'
        'label = "Material saved"\nunclear = "I cannot read “{typed}”. Please write kilograms, such as 120."',
    )
    for language, words in (("vi", "Vật tư tiết kiệm (kg)"), ("en", "Material saved (kg)")):
        path = f"bot/locales/{language}/recognition/cli.toml"
        text = (tree.root / path).read_text(encoding="utf-8")
        line = next(one for one in text.splitlines() if one.startswith("participants = "))
        tree.changes(path, line + "\n", f'{line}\nmaterial_saved = "{words}"\n')
        tree.changed.discard(path)
        tree.sentences.add("recognition/cli.toml")


def test_a_field_takes_four_files_and_its_sentences(tmp_path: Path) -> None:
    tree = Tree.copied_to(tmp_path)
    column(tree)
    descriptor(tree)
    sentences(tree)

    ran = tree.tests(
        "belongs or sentences or stands or come_back or says_what or (mending and sqlite)",
        "tests/services/initiatives/test_fields.py",
        "tests/services/people/test_nothing_left.py",
        "tests/services/initiatives/test_mending.py",
    )

    assert ran.returncode == 0, ran.stdout[-4_000:] + ran.stderr[-2_000:]
    assert "passed" in ran.stdout
    assert len(tree.changed) <= 4, sorted(tree.changed)


@pytest.mark.parametrize(
    ("forgotten", "named"),
    [
        (column, "material_saved"),
        (descriptor, "material_saved"),
        (sentences, "submit.material_saved"),
    ],
    ids=["column", "descriptor", "sentences"],
)
def test_a_step_that_is_forgotten_is_named(tmp_path: Path, forgotten: object, named: str) -> None:
    tree = Tree.copied_to(tmp_path)
    for step in (column, descriptor, sentences):
        if step is not forgotten:
            step(tree)

    ran = tree.tests("belongs or sentences or stands", "tests/services/initiatives/test_fields.py")

    assert ran.returncode == 1, ran.stdout[-2_000:] + ran.stderr[-2_000:]
    assert named in ran.stdout
