"""Authors and their shares: whatever is taken totals 100 %."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.conversation.invalid import Invalid
from bot.conversation.shares import (
    MOST_AUTHORS,
    WHOLE,
    AuthorShare,
    parse_authors,
    settle,
    show_share,
)

ME = "Nguyễn Thị Hoa"


def shares(typed: str) -> dict[str, int | None]:
    return {author.name: author.share for author in settle(parse_authors(typed, ME))}


@pytest.mark.parametrize(
    ("typed", "settled"),
    [
        ("Trần Thị Bình 40%, tôi 60%", {"Trần Thị Bình": 4000, ME: 6000}),
        ("Trần Thị Bình: 40 %\nTôi: 60 %", {"Trần Thị Bình": 4000, ME: 6000}),
        ("Bình Trần 33,5%, mình 66,5%", {"Bình Trần": 3350, ME: 6650}),
        ("tôi 60 và Bình Trần 40", {ME: 6000, "Bình Trần": 4000}),
        ("tôi, Bình Trần, Chi Lê", {ME: 3334, "Bình Trần": 3333, "Chi Lê": 3333}),
        ("tôi 50%, Bình Trần, Chi Lê", {ME: 5000, "Bình Trần": 2500, "Chi Lê": 2500}),
        ("tôi 33,33%, Bình Trần 33,33%, Chi Lê 33,33%", {ME: 3334, "Bình Trần": 3333, "Chi Lê": 3333}),
        ("tôi 1/3, Bình Trần 2/3", {ME: 3333, "Bình Trần": 6667}),
        ("nguyen thi hoa 100%", {ME: 10000}),
        ("TRẦN THỊ BÌNH 40%; tôi 60%", {"Trần Thị Bình": 4000, ME: 6000}),
    ],
)
def test_authors_are_read_as_people_write_them(typed: str, settled: dict[str, int]) -> None:
    assert shares(typed) == settled
    assert shares(unicodedata.normalize("NFD", typed)) == settled


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("Bình Trần 40%, tôi 59,9%", "total"),
        ("Bình Trần 60%, tôi 60%", "total"),
        ("Bình Trần 100%, tôi", "total"),
        ("Bình Trần 0%, tôi 100%", "range"),
        ("Bình Trần 101%, tôi", "range"),
        ("Bình Trần 1/0, tôi", "range"),
        ("tôi 40%, tôi 60%", "twice"),
        ("Trần Bình 40%, tran binh 60%", "twice"),
        ("", "none"),
        ("40%, 60%", "none"),
        (",,,", "none"),
        (", ".join(f"An {chr(65 + at)}n" for at in range(21)), "too_many"),
    ],
)
def test_shares_that_cannot_be_are_told_so(typed: str, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        shares(typed)
    assert refused.value.key == f"parse.share.{why}"


def test_999_permille_is_named_in_the_answer() -> None:
    with pytest.raises(Invalid) as refused:
        shares("Bình Trần 40%, tôi 59,9%")
    assert refused.value.args_for_text == {"total": "99,9"}


@given(st.text(max_size=300))
@example("٣٣%")
@example("a 1/0")
@example("An 999999")
def test_any_text_is_authors_or_is_refused(typed: str) -> None:
    try:
        authors = settle(parse_authors(typed, ME))
    except Invalid as refused:
        assert refused.key.startswith(("parse.share.", "parse.name."))  # noqa: PT017 - a refusal is one of two good ends
        return
    _whole(authors)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["An Lê", "Bình Trần", "tôi", "Chi Võ", "x", ""]),
            st.sampled_from(
                ["", " 40%", " 60", ": 33,33 %", " 1/3", " -5%", " 0", " 99,9%", " 100 phần trăm"]
            ),
        ),
        max_size=5,
    ),
    st.sampled_from([", ", "\n", "; ", " và "]),
)
def test_any_list_of_authors_totals_100_or_is_refused(pairs: list[tuple[str, str]], between: str) -> None:
    typed = between.join(name + share for name, share in pairs)
    try:
        authors = settle(parse_authors(typed, ME))
    except Invalid:
        return
    _whole(authors)


def _whole(authors: list[AuthorShare]) -> None:
    assert 1 <= len(authors) <= MOST_AUTHORS
    given = [author.share or 0 for author in authors]
    assert sum(given) == WHOLE
    assert all(share > 0 for share in given)


@given(st.lists(st.one_of(st.none(), st.integers(1, WHOLE)), min_size=1, max_size=MOST_AUTHORS))
def test_what_settles_keeps_what_was_given(given: list[int | None]) -> None:
    authors = [AuthorShare(f"An {at}", share) for at, share in enumerate(given)]
    try:
        settled = settle(authors)
    except Invalid:
        return
    _whole(settled)
    if any(share is None for share in given):
        assert all(after.share == before for after, before in zip(settled, given, strict=True) if before)


@given(
    st.lists(st.integers(1, 5000), min_size=1, max_size=MOST_AUTHORS - 1).filter(
        lambda some: sum(some) < WHOLE
    )
)
def test_written_shares_come_back(parts: list[int]) -> None:
    parts = [*parts, WHOLE - sum(parts)]
    typed = "\n".join(f"An {chr(65 + at)}n {show_share(share)} %" for at, share in enumerate(parts))
    assert [author.share for author in settle(parse_authors(typed, ME))] == parts
