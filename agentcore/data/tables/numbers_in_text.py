"""Numbers as people write them: with thousands marks, percent signs, brackets and currencies."""

from __future__ import annotations

import re
from typing import Any, Final

import attrs

__all__ = ["CONTINENTAL", "ENGLISH", "Writing", "as_numbers", "form_of", "writing_of"]

ENGLISH: Final = "english"
CONTINENTAL: Final = "continental"
_SPACED: Final = r"[1-9]\d{0,2}(?:[' \u00a0\u202f]\d{3})+"
_BODIES: Final = {
    ENGLISH: rf"(?:[1-9]\d{{0,2}}(?:,\d{{2,3}})*,\d{{3}}|{_SPACED}|\d+)(?:\.\d+)?|\.\d+",
    CONTINENTAL: rf"(?:[1-9]\d{{0,2}}(?:\.\d{{3}})+|{_SPACED}|\d+)(?:,\d+)?|,\d+",
}
_FORMS: Final = {
    name: rf"\s*[-+\u2212]?\s*[$€£¥]?\s*[-+]?(?:{body})\s*[€$£¥%]?\s*"
    rf"|\s*\(\s*[$€£¥]?\s*(?:{body})\s*%?\s*\)\s*"
    for name, body in _BODIES.items()
}
_MARKS: Final = r"[$€£¥%'\s\u00a0\u202f()+]"
_BLANKS: Final = ("-", "\u2013", "\u2014", "..", "...", "n.a.", "?", "N.A.")  # no value
_NUMBER_FIRST: Final = re.compile(r"^\s*-?\d[\d.,]*\s*[\[(A-Za-z%$€]")
_TIME: Final = re.compile(r"^\s*\d{1,3}:\d\d(:\d\d)?\s*$")


@attrs.frozen
class Writing:
    """How the numbers of a column may be written.

    Attributes:
        forms: ``english`` (1,234.5) and ``continental`` (1.234,5): what all of them fit.
        percent: whether they are percentages: ``None`` if no value says so.
        whole: whether none has a fraction.
        blanks: whether a dash or the like stands for a missing value.
        marked: whether there are marks that pandas would not take.
    """

    forms: frozenset[str]
    percent: bool | None = None
    whole: bool = True
    blanks: bool = False
    marked: bool = False

    def and_(self, other: Writing) -> Writing | None:
        """Return how the numbers of both may be written; ``None`` if there is no such way."""
        forms = self.forms & other.forms
        percents = {self.percent, other.percent} - {None}
        if not forms or len(percents) > 1:
            return None
        return Writing(
            forms,
            next(iter(percents), None),
            self.whole and other.whole,
            self.blanks or other.blanks,
            self.marked or other.marked,
        )

    @property
    def form(self) -> str:
        """The form that the numbers are read in."""
        return ENGLISH if ENGLISH in self.forms else CONTINENTAL

    def notes(self) -> list[str]:
        """Return what was assumed, as parts of a sentence."""
        said = []
        if self.form == CONTINENTAL:
            said.append("1.234,5 was read as 1234.5")
        elif self.marked:
            said.append("1,234 was read as 1234, and signs around numbers were left out")
        if self.percent:
            said.append("12 stands for 12 %")
        if self.blanks:
            said.append("a dash or the like was read as missing")
        return said


def writing_of(texts: Any, decimal: str | None = None) -> Writing | None:
    """Return how the numbers of a column of texts are written; ``None`` if they are none.

    Args:
        texts: a ``pandas.Series`` of texts; missing values stay missing.
        decimal: the decimal mark, if it is known: ``.`` or ``,``.
    """
    known = texts.dropna().str.strip()
    values = known[~known.isin(_BLANKS)]
    if values.empty or len(values) * 2 < len(known):
        return None
    if decimal != "," and len(values) == len(known) and values.str.fullmatch(r"\d+").all():
        return None  # longer than any number that is counted with: pandas has left it as text
    allowed = {None: (ENGLISH, CONTINENTAL), ".": (ENGLISH,), ",": (CONTINENTAL,)}[decimal]
    forms = {name for name in allowed if bool(values.str.fullmatch(_FORMS[name]).all())}
    percents = values.str.contains("%", regex=False)
    if not forms or (percents.any() and not percents.all()):
        return None
    form = ENGLISH if ENGLISH in forms else CONTINENTAL
    whole = not bool(values.str.contains("." if form == ENGLISH else ",", regex=False).any())
    marked = not bool(values.str.fullmatch(r"[-+]?[\d.]+").all())
    return Writing(frozenset(forms), bool(percents.all()), whole, len(values) < len(known), marked)


def as_numbers(texts: Any, form: str) -> Any:
    """Return a column of texts that were written in a form as one of fractional numbers."""
    known = texts.dropna().str.strip()
    values = known[~known.isin(_BLANKS)]
    minus = values.str.startswith("(") | values.str.contains(r"[-\u2212]", regex=True)
    bare = values.str.replace(_MARKS, "", regex=True).str.replace(r"[-\u2212]", "", regex=True)
    thousands, point = (",", ".") if form == ENGLISH else (".", ",")
    bare = bare.str.replace(thousands, "", regex=False).str.replace(point, ".", regex=False)
    numbers = bare.astype("float64")
    return numbers.where(~minus, -numbers).reindex(texts.index)


def form_of(texts: Any) -> str:
    """Return what the texts of a column are like: see ``Column.form``."""
    known = texts.dropna().astype(str).head(1_000)
    if known.empty:
        return ""
    if known.str.match(_TIME).mean() > 0.9:
        return "HH:MM:SS"
    return "numbers in text" if known.str.match(_NUMBER_FIRST).mean() > 0.3 else ""
