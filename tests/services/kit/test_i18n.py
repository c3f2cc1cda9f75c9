from pathlib import Path

import pytest

from services.kit.i18n import CatalogueInvalid, load

RU = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "greeting"
msgstr "Здравствуйте, {name}!"

msgid "ru.only"
msgstr "Только по-русски"

msgid "apples"
msgid_plural "apples"
msgstr[0] "{n} яблоко"
msgstr[1] "{n} яблока"
msgstr[2] "{n} яблок"
"""
EN = """
msgid "greeting"
msgstr "Hello, {name}!"

msgid "en.only"
msgstr "English only"

msgid "apples"
msgid_plural "apples"
msgstr[0] "{n} apple"
msgstr[1] "{n} apples"
"""


def write(root: Path, locale: str, name: str, text: str) -> None:
    folder = root / locale / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "ru", "bridge.po", RU)
    write(tmp_path, "en", "bridge.po", EN)
    return tmp_path


def test_parameters_are_filled_in(root: Path) -> None:
    assert load(root).t("ru", "greeting", name="Анна") == "Здравствуйте, Анна!"


def test_regional_locale_uses_its_language(root: Path) -> None:
    assert load(root).t("en-GB", "greeting", name="Ann") == "Hello, Ann!"


@pytest.mark.parametrize(
    ("locale", "n", "text"),
    [
        ("ru", 1, "1 яблоко"),
        ("ru", 3, "3 яблока"),
        ("ru", 11, "11 яблок"),  # the teens are "many"
        ("ru", 21, "21 яблоко"),
        ("en", 1, "1 apple"),
        ("en", 0, "0 apples"),
    ],
)
def test_plural_form_follows_the_language(root: Path, locale: str, n: int, text: str) -> None:
    assert load(root).tn(locale, "apples", n) == text


def test_missing_key_falls_back_to_russian_then_english_then_itself(root: Path) -> None:
    texts = load(root)

    assert texts.t("en", "ru.only") == "Только по-русски"
    assert texts.t("ru", "en.only") == "English only"
    assert texts.t("de", "greeting", name="A") == "Здравствуйте, A!"
    assert texts.t("ru", "nobody.wrote.this") == "nobody.wrote.this"


def test_parameter_nobody_gave_stays_visible(root: Path) -> None:
    assert load(root).t("en", "greeting", other=1) == "Hello, {name}!"


def test_files_of_a_language_are_merged(root: Path) -> None:
    write(root, "ru", "master.po", 'msgid "menu"\nmsgstr "Меню"\n')

    texts = load(root)

    assert texts.t("ru", "menu") == "Меню"
    assert "menu" in texts.keys["ru"]
    assert texts.t("ru", "greeting", name="Я") == "Здравствуйте, Я!"


def test_one_key_in_two_files_is_refused_by_name(root: Path) -> None:
    write(root, "ru", "master.po", 'msgid "greeting"\nmsgstr "Привет"\n')

    with pytest.raises(CatalogueInvalid, match="greeting is already in another file"):
        load(root)


def test_broken_file_is_named(root: Path) -> None:
    write(root, "en", "broken.po", 'msgid "x\nmsgstr "y"\n')

    with pytest.raises(CatalogueInvalid, match=r"en/broken\.po"):
        load(root)


def test_empty_text_counts_as_missing(root: Path) -> None:
    write(root, "ru", "draft.po", 'msgid "draft"\nmsgstr ""\n')

    texts = load(root)

    assert "draft" not in texts.keys["ru"]
    assert texts.t("ru", "draft") == "draft"
