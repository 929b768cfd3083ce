"""The QR code of a screen is read by a scanner, on whatever ground it stands."""

import io

import pytest
import zxingcpp
from PIL import Image

from bot.documents.qr import draw_qr

ADDRESS = "https://sangkien.congdoan.example.vn/i/K7BCF2GH9M"


@pytest.mark.parametrize("ground", ["white", "black"])
def test_a_scanner_reads_it_on_a_light_and_on_a_dark_screen(ground: str) -> None:
    code = Image.open(io.BytesIO(draw_qr(ADDRESS))).convert("RGB")
    screen = Image.new("RGB", (code.width + 200, code.height + 200), ground)
    screen.paste(code, (100, 100))
    small = screen.resize((screen.width // 3, screen.height // 3))
    assert [found.text for found in zxingcpp.read_barcodes(small)] == [ADDRESS]
