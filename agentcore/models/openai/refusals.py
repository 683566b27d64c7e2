"""What a server's refusal means for the dialect: its words, and the change that they ask for.

A row of the table holds for every server that says such words. The changes of a row are tried in
their order; one that would not alter the request is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

__all__ = ["changes_for", "may_be_refusal"]

Change = Mapping[str, Any]
_STATUSES: Final = frozenset({None, 400, 404, 415, 422, 500, 501})

# "I do not know that", in the words of servers. Those of the second list say it only where the
# server also says, by its status, that the fault is in the request.
_PLAINLY: Final = re.compile(
    r"unsupported|cannot use|incompatible|no endpoints found|enabled only|unknown|"
    r"\bonly\b.{0,60}(supported|allowed)|not permitted|(not|n't) (be )?support|unrecogni[sz]ed|"
    r"extra_forbidden|extra (inputs|fields|parameters|properties)|not allowed|unavailable|"
    r"not available|not enabled|not implemented|supported values|must alternate|not recogni[sz]ed",
    re.IGNORECASE,
)
_SOFTLY: Final = re.compile(
    r"unexpected|invalid|not (a )?valid|cannot|can't|must|should|no such|remove|reject|expected|"
    r"require|missing|failed|\bempty\b|none is not|did not match|unable",
    re.IGNORECASE,
)


@attrs.frozen
class _Row:
    """One saying of servers.

    Attributes:
        says: what is named in the words.
        changes: what to change, the first that alters the request.
        plainly: whether the words must also say that it is not known.
    """

    says: re.Pattern[str]
    changes: tuple[Change, ...]
    plainly: bool = True


def _row(says: str, *changes: Change, plainly: bool = True) -> _Row:
    return _Row(re.compile(says, re.IGNORECASE | re.DOTALL), changes, plainly)


_IN_JSON: Final = {"structured": "json"}
_IN_WORDS: Final = {"structured": "words"}
_ROWS: Final = (
    _row(r"stream_options|include_usage", {"stream_usage": False}),
    _row(r"max_tokens|max_completion_tokens",
         {"max_tokens": "max_completion_tokens"}, {"max_tokens": "max_tokens"}),
    _row(r"tool.?call.?ids?\b.{0,80}(length (of )?9|alphanumeric|a-z, A-Z, 0-9)|length (of )?9\b|"
         r"\b9 characters|\{9\}",
         {"call_ids": "nine"}, plainly=False),
    _row(r"must alternate|alternate (between )?(user|roles)|roles should be alternating|"
         r"successive (user|assistant)|expected last role|last (message|role) (must|should)|"
         r"must end with (a |an )?(user|tool)|"
         r"unexpected role \W?\w+\W? after role|"
         r"system message must be (at the beginning|first)",
         {"alternates": True}, {"system_role": False}, plainly=False),
    _row(r"\bsystem\W+(role|message|prompt|instruction)s?|\brole\W+(of\W+)?system\b|"
         r"messages\W*\d+\W*role|\bsystem\b.{0,30}\brole\b|developer instruction|"
         r"only (the )?user\b.{0,30}\broles?|invalid role",
         {"system_role": False}),
    _row(r"must not be used (together|with).{0,40}response_format|response mime type|"
         r"(json|response.?format|structured).{0,60}(tool|function) call|"
         r"(tool|function).?call.{0,60}(json mode|response.?format|response mime)", _IN_WORDS),
    _row(r"(must|should) be.{0,12}json_schema\W+(or|and)\W+text", _IN_WORDS, plainly=False),
    _row(r"schema for response_format|invalid schema", {"strict": False}, _IN_JSON, _IN_WORDS),
    _row(r"json.schema|structured.outputs?|response.?format\W{0,3}type|response.?schema|"
         r"text\W+((or|and)\W+)?json_object|schema\b.{0,40}(grammar|outlines)|grammar",
         _IN_JSON, _IN_WORDS),
    _row(r"json_object|json mode|response.?format|responsemimetype", _IN_WORDS),
    _row(r"\bstrict\b|schema for function", {"strict": False}),
    _row(r"reasoning(_content|_details|_text)?\b|thinking(_blocks)?\b|extra_content|"
         r"provider_specific_fields|thought_signature.{0,20}unknown|unknown.{0,40}signature",
         {"fields_back": False}),
    _row(r"messages?\W*\d*\W*(\w+\W+)?name\b|property 'name'|'name' was|"
         r"(unknown|unsupported).{0,20}'name'",
         {"names": False}),
    _row(r"\bcontent\b|untagged enum|contentpart|invalid type: null|none is not an allowed",
         {"empty_content": "text"}, {"empty_content": "absent"}, {"empty_content": "null"}),
    _row(r"missing 'content'|type must be string, but is null|role 'assistant' must not be empty",
         {"empty_content": "text"}, {"empty_content": "absent"}, {"empty_content": "null"},
         plainly=False),
    _row(r"\bseed\b", {"seed": "random_seed"}),
    _row(r"(support|only|unsupported|cannot|can't|disable)\b.{0,40}\bstream(ing)?\b(?!_)|"
         r"\bstream(ing)?\b(?!_).{0,30}(support|allowed|unsupported|implemented|true|false)",
         {"streams": False}),
)  # fmt: skip


def may_be_refusal(status: int | None) -> bool:
    """Return whether a failure of this HTTP status may be about the form of the request.

    Args:
        status: the status; ``None`` for a failure within an answer.
    """
    return status in _STATUSES


def changes_for(status: int | None, said: str) -> Iterator[Change]:
    """Yield the changes of the dialect that a server's words ask for, the likeliest first.

    Args:
        status: the HTTP status; ``None`` for a failure within an answer.
        said: the server's words, and the names that it gives the kind and place of the failure.
    """
    plain = _PLAINLY.search(said) or (status in range(400, 500) and _SOFTLY.search(said))
    for row in _ROWS:
        if row.says.search(said) and (plain or not row.plainly):
            yield from row.changes
