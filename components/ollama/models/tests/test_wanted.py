"""Names are read as Ollama reads them."""

from __future__ import annotations

import pytest

from ollama_models.settings import Settings
from ollama_models.wanted import ModelName, parse_wanted


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("gemma3:270m", "gemma3:270m"),
        ("gemma3", "gemma3:latest"),
        ("library/gemma3", "gemma3:latest"),
        ("ada/bot:1", "ada/bot:1"),
        ("hf.co/ada/bot:Q4", "hf.co/ada/bot:Q4"),
        ("10.199.0.1:5000/library/gemma3:270m", "10.199.0.1:5000/library/gemma3:270m"),
    ],
)
def test_a_name_is_shortened_as_ollama_lists_it(text: str, short: str) -> None:
    assert str(ModelName.parse(text)) == short


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/gemma3",
        "a/b/c/d",
        "http://host/library/gemma3",
        "..",
        "a:..",
        "../a:1",
        ".a:1",
        "../../a:1",
        "a/../b:1",
        "-host/a/b",
        "a:1\n",
        "a:1:2",
        "ä:1",
        "user@host/a/b",
    ],
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a model name"):
        ModelName.parse(text)


def test_a_registry_gives_the_long_name_but_not_to_a_name_with_a_host() -> None:
    registry = "http://10.199.0.1:5000"
    assert str(ModelName.parse("gemma3:270m").at(registry)) == "10.199.0.1:5000/library/gemma3:270m"
    assert str(ModelName.parse("hf.co/ada/bot:1").at(registry)) == "hf.co/ada/bot:1"
    assert str(ModelName.parse("gemma3:270m").at("")) == "gemma3:270m"


@pytest.mark.parametrize("text", ["{", "{}x", '["gemma3"]', '[{"digest": "sha256:1"}]', "3"])
def test_a_wrong_list_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="not a JSON list"):
        parse_wanted(text)


def test_a_registry_without_a_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="must begin with http"):
        Settings.of({"MODEL_REGISTRY": "localhost:5000"})
