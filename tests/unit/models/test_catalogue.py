"""The catalogue of models is as it was published."""

from __future__ import annotations

import re
from pathlib import Path

from agentcore.models import weights as weights_module
from agentcore.models.catalogue import CATALOGUE


def test_the_catalogue_is_as_published() -> None:
    """Sizes and parts of each model fit together, and its licence is shipped with it."""
    assert sorted(CATALOGUE) == ["qwen2.5-0.5b", "qwen2.5-coder-1.5b"]
    for each in CATALOGUE.values():
        count = len(each.parts.sha256)
        assert (count - 1) * each.parts.size < each.size <= count * each.parts.size
        assert all(re.fullmatch(r"[0-9a-f]{64}", sha) for sha in (each.sha256, *each.parts.sha256))
    licence = Path(weights_module.__file__).parent / "licences" / "qwen2.5.txt"
    text = licence.read_text(encoding="utf-8")
    assert "Alibaba Cloud" in text
    assert "Apache License" in text
