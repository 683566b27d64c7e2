"""Files as people have them, and what is said of those that cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import docx
import pypdf
import pytest

from agentcore.errors import DocumentError
from agentcore.retrieval.reading import read_document

GERMAN = "Größe und Übermaß der Straße: früher häufig müßig, schön gefärbt und gewürzt."
CHINESE = "機器學習是人工智慧的一個分支,研究如何讓電腦從資料中學習。這是一個很長的句子。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "cp1252"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (CHINESE, "big5"),
        ("北京是中国的首都,也是全国的政治中心和文化中心。", "gb18030"),
    ],
)
def test_a_text_is_read_in_its_encoding(tmp_path: Path, text: str, encoding: str) -> None:
    """Also where nothing says which it is."""
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    assert read_document(path).removeprefix("\ufeff")[:60] == text[:60]


def test_html_is_read_without_what_is_not_shown(tmp_path: Path) -> None:
    """Headings and tables are kept as Markdown has them."""
    path = tmp_path / "a.html"
    path.write_text(
        "<html><head><title>T</title><style>p{}</style></head><body><h1>Head</h1>"
        "<p>Some <a href='x'>text</a></p><script>bad()</script>"
        "<table><tr><th>a</th></tr><tr><td>1</td></tr></table></body></html>"
    )
    text = read_document(path)
    assert " ".join(text.split()) == "# Head Some text | a | | --- | | 1 |"


def test_a_word_document_is_read_with_headings_and_tables(tmp_path: Path) -> None:
    """In the order in which they stand."""
    made = docx.Document()
    made.add_heading("Report", 2)
    made.add_paragraph("Revenue grew")
    made.add_table(1, 2).cell(0, 1).text = "y"
    made.save(str(tmp_path / "a.docx"))
    assert read_document(tmp_path / "a.docx") == "## Report\n\nRevenue grew\n\n | y"


def test_a_pdf_is_read_page_by_page(tmp_path: Path) -> None:
    """Of a page with text."""
    content = b"BT /F1 12 Tf 10 50 Td (Hello library) Tj ET"
    (tmp_path / "a.pdf").write_bytes(
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R"
        b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n"
        b"4 0 obj<</Length %d>>stream\n%b\nendstream endobj\n"
        b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%%%EOF" % (len(content), content)
    )
    assert read_document(tmp_path / "a.pdf").strip() == "Hello library"


def _scanned(path: Path) -> None:
    pages = pypdf.PdfWriter()
    pages.add_blank_page(100, 100)
    pages.write(str(path))


def _encrypted(path: Path) -> None:
    pages = pypdf.PdfWriter()
    pages.add_blank_page(100, 100)
    pages.encrypt("secret")
    pages.write(str(path))


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("scanned.pdf", _scanned, "OCR"),
        ("encrypted.pdf", _encrypted, "encrypted"),
        ("bad.pdf", lambda path: path.write_bytes(b"%PDF-1.4 rubbish"), "damaged"),
        ("bad.docx", lambda path: path.write_bytes(b"PK rubbish"), "damaged"),
        ("deep.html", lambda path: path.write_text("<div>" * 3000 + "x"), "damaged"),
        ("empty.md", lambda path: path.write_text(" \n"), "no text"),
        ("picture.png", lambda path: path.write_bytes(b"\x89PNG\r\n\0\0"), "it is no text"),
        ("folder.txt", lambda path: path.mkdir(), "directory"),
        ("absent.txt", lambda path: None, "no such file"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(
    tmp_path: Path, name: str, make: Callable[[Path], object], said: str
) -> None:
    """With the file, and no word of the parser."""
    make(tmp_path / name)
    with pytest.raises(DocumentError, match=said) as caught:
        read_document(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name} cannot be read: ")
    assert "\n" not in str(caught.value)
    assert caught.value.source == str(tmp_path / name)
