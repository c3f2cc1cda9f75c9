"""The page keeps to its policy and speaks both languages in full."""

import re
from pathlib import Path

import pytest

PAGE = Path("sandbox/city/page")
SCRIPTS = sorted(PAGE.glob("*.js"))


def _keys(name):
    text = (PAGE / name).read_text(encoding="utf-8")
    return re.findall(r"(?:^|[,{]\s|\s)(\w+): \"", text)


def test_languages_have_the_same_words():
    assert sorted(_keys("ru.js")) == sorted(_keys("en.js"))
    assert len(_keys("ru.js")) == len(set(_keys("ru.js")))


def test_every_word_used_exists():
    known = set(_keys("ru.js"))
    text = "".join(one.read_text(encoding="utf-8") for one in SCRIPTS)
    markup = (PAGE / "index.html").read_text(encoding="utf-8")
    used = set(re.findall(r"\bt\(\"(\w+)\"", text))
    used |= set(re.findall(r"data-(?:t|label|hint)=\"(\w+)\"", markup))
    used |= set(re.findall(r"(?:name|note|title): \"(f\w+)\"", text))

    assert used - known == set()


def test_russian_and_english_fill_the_same_places():
    def places(name):
        text = (PAGE / name).read_text(encoding="utf-8")
        found = re.findall(r"(\w+): \"((?:[^\"\\]|\\.)*)\"", text)
        return {key: sorted(re.findall(r"\{(\w+)\}", words)) for key, words in found}

    assert places("ru.js") == places("en.js")


@pytest.mark.parametrize("file", [*SCRIPTS, PAGE / "index.html"], ids=lambda one: one.name)
def test_nothing_inline_and_nothing_foreign(file):
    text = file.read_text(encoding="utf-8")

    assert not re.search(r"style=\"|\son\w+=\"|innerHTML|insertAdjacentHTML|\beval\(", text)
    assert not re.search(r"(?:src|href|from|import)\s*=?\s*\"https?://", text)


def test_every_icon_used_is_in_the_sprite():
    sprite = (PAGE / "icons.svg").read_text(encoding="utf-8")
    text = "".join(one.read_text(encoding="utf-8") for one in [*SCRIPTS, PAGE / "index.html"])
    used = set(re.findall(r"icon\(\"(\w+)\"", text)) | set(re.findall(r"icons\.svg#(\w+)", text))
    used |= set(re.findall(r"\bicon: \"(\w+)\"", text))

    assert {one for one in used if f'id="{one}"' not in sprite} == set()
