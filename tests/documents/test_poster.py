"""The poster: a phone that scans it comes to the unit, and who cannot scan can type."""

import io
import re
import unicodedata

import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.documents.poster import HEIGHT, WIDTH, PosterView, draw_poster, lay_out_poster
from bot.documents.words import picture_words
from bot.texts import LANGUAGES, Texts
from tests.documents.layout import check

TEXTS = Texts.load()
WORDS = picture_words(TEXTS.say("vi"))
URL = "https://sangkien.example.vn/v/RALACO-7KQ4"
POSTER = PosterView("Công đoàn Công ty CP Bóng đèn Phích nước Rạng Đông", URL, "RALACO-7KQ4")
LONG_URL = "https://sangkien.example.vn/moi?ma=" + "aB3_" * 100


def scanned(image: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(image)]


def jpeg(pdf: bytes) -> bytes:
    """The picture that fills the page."""
    return pdf[pdf.index(b"\xff\xd8\xff") : pdf.index(b"endstream")]


def picture(poster: PosterView) -> Image.Image:
    image = Image.open(io.BytesIO(draw_poster(poster, format="png", words=WORDS)))
    image.load()
    return image


@pytest.mark.parametrize(
    "url", [URL, LONG_URL, "http://192.168.1.20:8080/v/A", "https://công-đoàn.vn/đơn-vị?q=Rạng Đông"]
)
def test_scanning_the_poster_gives_the_address(url: str) -> None:
    assert scanned(picture(PosterView(POSTER.unit_name, url, POSTER.join_code))) == [url]


def test_four_light_modules_stand_around_the_code() -> None:
    image = picture(POSTER)
    left, top, right, bottom = (round(edge) for edge in lay_out_poster(POSTER, words=WORDS).solids[0])
    quiet = 4 * (right - left) // len(segno.make_qr(URL, error="q").matrix)
    image.paste("white", (left, top, right, bottom))
    around = image.crop((left - quiet, top - quiet, right + quiet, bottom + quiet))
    assert around.getextrema() == ((255, 255),) * 3


def test_a_small_blurred_photograph_of_it_still_scans() -> None:
    assert scanned(picture(POSTER).reduce(6).convert("L")) == [URL]


def test_a_torn_code_still_scans() -> None:
    image = picture(POSTER)
    left, top, right, _ = (round(edge) for edge in lay_out_poster(POSTER, words=WORDS).solids[0])
    middle = (left + right) // 2
    image.paste("white", (middle - 90, top + 300, middle + 90, top + 480))
    assert scanned(image) == [URL]


def test_the_png_is_a4_at_200_dots_an_inch() -> None:
    image = picture(POSTER)
    assert image.size == (WIDTH, HEIGHT)
    across, down = image.info["dpi"]
    assert image.width / across * 25.4 == pytest.approx(210, abs=0.2)
    assert image.height / down * 25.4 == pytest.approx(297, abs=0.2)


def test_the_pdf_is_one_page_of_a4_that_scans() -> None:
    drawn = draw_poster(POSTER, format="pdf", words=WORDS)
    assert drawn.startswith(b"%PDF-")
    assert drawn.count(b"/MediaBox") == 1
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", drawn)
    assert box
    assert float(box[1]) / 72 * 25.4 == pytest.approx(210, abs=0.2)
    assert float(box[2]) / 72 * 25.4 == pytest.approx(297, abs=0.2)
    image = Image.open(io.BytesIO(jpeg(drawn)))
    assert image.size == (WIDTH * 1.5, round(HEIGHT * 1.5))
    assert scanned(image) == [URL]


def test_the_same_poster_is_the_same_file() -> None:
    assert draw_poster(POSTER, format="png", words=WORDS) == draw_poster(POSTER, format="png", words=WORDS)
    pdf = draw_poster(POSTER, format="pdf", words=WORDS)
    assert pdf == draw_poster(POSTER, format="pdf", words=WORDS)
    assert b"Date" not in pdf.replace(jpeg(pdf), b"")


def test_who_cannot_scan_finds_the_code_and_the_address() -> None:
    placed = {text.text: text.size for text in lay_out_poster(POSTER, words=WORDS).texts}
    assert placed["RALACO-7KQ4"] >= 100
    assert "sangkien.example.vn/v/RALACO-7KQ4" in placed
    assert [t for t in placed if t in {"Quét mã", "Kể sáng kiến", "Theo dõi kết quả"}] == [
        "Quét mã",
        "Kể sáng kiến",
        "Theo dõi kết quả",
    ]
    assert "Bạn có sáng kiến?" in placed


def test_who_cannot_scan_may_write_the_code_where_the_union_can_be_written_to() -> None:
    poster = PosterView(POSTER.unit_name, URL, "ABC123", "Zalo, Telegram")
    page = lay_out_poster(poster, words=WORDS)
    assert any("Nhắn mã này cho bot trên Zalo, Telegram" in text.text for text in page.texts)
    assert not any("Nhắn mã" in text.text for text in lay_out_poster(POSTER, words=WORDS).texts)
    check(page)
    check(lay_out_poster(poster, words=picture_words(TEXTS.say("en"))))


NAMES = [
    POSTER.unit_name,
    "Tổ 1",
    "",
    "X" * 5000,
    unicodedata.normalize("NFD", POSTER.unit_name) * 4,
    "👷🏽‍♀️ مصنع <b>R&D</b> 工会",
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("url", [URL, LONG_URL])
@pytest.mark.parametrize("code", ["A1", "RALACO-7KQ4", "W" * 60])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_clips_or_overlaps(name: str, code: str, url: str, language: str) -> None:
    check(lay_out_poster(PosterView(name, url, code), words=picture_words(TEXTS.say(language))))


@given(st.text(max_size=200), st.text(max_size=40), st.text(min_size=1, max_size=200))
@settings(max_examples=50, deadline=None)
def test_any_name_code_and_address_find_their_place(name: str, code: str, tail: str) -> None:
    check(lay_out_poster(PosterView(name, "https://example.vn/" + tail, code), words=WORDS))


def test_an_address_too_long_for_a_code_is_refused() -> None:
    with pytest.raises(segno.DataOverflowError):
        lay_out_poster(PosterView("Tổ 1", "https://example.vn/" + "a" * 3000, "A"), words=WORDS)
