"""Languages that IANA's registry of subtags (BCP 47, with ISO 639-3) has: names, scripts, codes."""

from typing import NamedTuple

import langcodes
from langcodes.tag_parser import LanguageTagError


class RegisteredLanguage(NamedTuple):
    """What the registry, and Unicode's tables beside it, say of a code.

    Attributes:
        tag: Code in its usual form, such as ``yue``, ``no`` for ``nor``, or ``zh-Hant``.
        language: Part of it that names the language alone: ``zh``.
        iso639_3: ISO 639-3 code.
        name: English name.
        script: ISO 15924 code of the script that it is mostly written in, or that the tag names.
        spaced: Whether spaces stand between words in that script.
    """

    tag: str
    language: str
    iso639_3: str
    name: str
    script: str
    spaced: bool


_UNSPACED_SCRIPTS = frozenset(
    "Bali Bopo Hani Hans Hant Hira Hrkt Java Jpan Kana Khmr Lana Laoo Mymr Talu Thai Tibt Yiii".split()  # noqa: SIM905
)
"""Scripts without spaces between words; Tibetan's mark stands behind each syllable."""


def registered(code: str) -> RegisteredLanguage | None:
    """Look a code up; ``None``: nobody has registered it, or it names no language.

    Example:
        >>> registered("nor").tag, registered("zh-Hant").script, registered("klingon")
        ('no', 'Hant', None)
    """
    try:
        tag = langcodes.Language.get(code)
    except LanguageTagError:
        return None
    # In capitals it is a country that is meant, or a name.
    if not tag.language or not tag.is_valid() or not code[:2].islower():
        return None
    script = str(tag.maximize().script)
    return RegisteredLanguage(
        tag=tag.to_tag(),
        language=tag.language,
        iso639_3=tag.to_alpha3(),
        name=tag.display_name(),
        script=script,
        spaced=script not in _UNSPACED_SCRIPTS,
    )


def code_of_name(name: str) -> str:
    """Code of the language that an English name means; empty: none.

    Example:
        >>> code_of_name("swahili"), code_of_name("???")
        ('sw', '')
    """
    try:
        return str(langcodes.find(name).to_tag())
    except LookupError:
        return ""
