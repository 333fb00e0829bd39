"""Languages: codes, names, families and scripts; those of no row are in :mod:`xtl.language_registry`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from xtl.errors import ConfigError, nearest
from xtl.language_registry import code_of_name, registered


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes:
        code: ISO 639-1 code, which XTREME's file names use; ISO 639-3 where there is none, or a BCP 47 tag.
        iso639_3: ISO 639-3 code, which Tatoeba's file names use.
        name: English name, as Universal Dependencies spells it.
        family: Language family, or branch of one, see ``_BRANCHES``; empty: not known.
        script: ISO 15924 code of the script that it is mostly written in.
        spaced: Whether spaces stand between words.
    """

    code: str
    iso639_3: str
    name: str
    family: str
    script: str
    spaced: bool = True

    @property
    def treebank(self) -> str:
        """How names of Universal Dependencies' treebanks begin: ``UD_Haitian_Creole``."""
        return f"UD_{self.name.replace(' ', '_')}"


# Where a code of ISO 639-1 stands for a group of languages, the code of ISO 639-3 is of the one
# that Tatoeba's files name: cmn for zh, pes for fa, swh for sw, zsm for ms.
_TABLE = (
    Language("af", "afr", "Afrikaans", "Germanic", "Latn"),
    Language("ar", "ara", "Arabic", "Semitic", "Arab"),
    Language("az", "aze", "Azerbaijani", "Turkic", "Latn"),
    Language("bg", "bul", "Bulgarian", "Slavic", "Cyrl"),
    Language("bn", "ben", "Bengali", "Indo-Aryan", "Beng"),
    Language("ca", "cat", "Catalan", "Romance", "Latn"),
    Language("ceb", "ceb", "Cebuano", "Austronesian", "Latn"),
    Language("cs", "ces", "Czech", "Slavic", "Latn"),
    Language("da", "dan", "Danish", "Germanic", "Latn"),
    Language("de", "deu", "German", "Germanic", "Latn"),
    Language("el", "ell", "Greek", "Greek", "Grek"),
    Language("en", "eng", "English", "Germanic", "Latn"),
    Language("es", "spa", "Spanish", "Romance", "Latn"),
    Language("et", "est", "Estonian", "Uralic", "Latn"),
    Language("eu", "eus", "Basque", "Basque", "Latn"),
    Language("fa", "pes", "Persian", "Iranian", "Arab"),
    Language("fi", "fin", "Finnish", "Uralic", "Latn"),
    Language("fr", "fra", "French", "Romance", "Latn"),
    Language("gu", "guj", "Gujarati", "Indo-Aryan", "Gujr"),
    Language("he", "heb", "Hebrew", "Semitic", "Hebr"),
    Language("hi", "hin", "Hindi", "Indo-Aryan", "Deva"),
    Language("hr", "hrv", "Croatian", "Slavic", "Latn"),
    Language("ht", "hat", "Haitian Creole", "Creole", "Latn"),
    Language("hu", "hun", "Hungarian", "Uralic", "Latn"),
    Language("hy", "hye", "Armenian", "Armenian", "Armn"),
    Language("id", "ind", "Indonesian", "Austronesian", "Latn"),
    Language("is", "isl", "Icelandic", "Germanic", "Latn"),
    Language("it", "ita", "Italian", "Romance", "Latn"),
    Language("ja", "jpn", "Japanese", "Japonic", "Jpan", spaced=False),
    Language("jv", "jav", "Javanese", "Austronesian", "Latn"),
    Language("ka", "kat", "Georgian", "Kartvelian", "Geor"),
    Language("kk", "kaz", "Kazakh", "Turkic", "Cyrl"),
    Language("kn", "kan", "Kannada", "Dravidian", "Knda"),
    Language("ko", "kor", "Korean", "Koreanic", "Kore"),
    Language("lt", "lit", "Lithuanian", "Baltic", "Latn"),
    Language("ml", "mal", "Malayalam", "Dravidian", "Mlym"),
    Language("mr", "mar", "Marathi", "Indo-Aryan", "Deva"),
    Language("ms", "zsm", "Malay", "Austronesian", "Latn"),
    Language("my", "mya", "Burmese", "Sino-Tibetan", "Mymr", spaced=False),
    Language("ne", "npi", "Nepali", "Indo-Aryan", "Deva"),
    Language("nl", "nld", "Dutch", "Germanic", "Latn"),
    Language("pa", "pan", "Punjabi", "Indo-Aryan", "Guru"),
    Language("pl", "pol", "Polish", "Slavic", "Latn"),
    Language("pt", "por", "Portuguese", "Romance", "Latn"),
    Language("qu", "que", "Quechua", "Quechuan", "Latn"),
    Language("ro", "ron", "Romanian", "Romance", "Latn"),
    Language("ru", "rus", "Russian", "Slavic", "Cyrl"),
    Language("sk", "slk", "Slovak", "Slavic", "Latn"),
    Language("sr", "srp", "Serbian", "Slavic", "Latn"),
    Language("sv", "swe", "Swedish", "Germanic", "Latn"),
    Language("sw", "swh", "Swahili", "Bantu", "Latn"),
    Language("ta", "tam", "Tamil", "Dravidian", "Taml"),
    Language("te", "tel", "Telugu", "Dravidian", "Telu"),
    Language("th", "tha", "Thai", "Kra-Dai", "Thai", spaced=False),
    Language("tl", "tgl", "Tagalog", "Austronesian", "Latn"),
    Language("tr", "tur", "Turkish", "Turkic", "Latn"),
    Language("uk", "ukr", "Ukrainian", "Slavic", "Cyrl"),
    Language("ur", "urd", "Urdu", "Indo-Aryan", "Arab"),
    Language("vi", "vie", "Vietnamese", "Austroasiatic", "Latn"),
    Language("wo", "wol", "Wolof", "Niger-Congo", "Latn"),
    Language("yo", "yor", "Yoruba", "Niger-Congo", "Latn"),
    Language("zh", "cmn", "Chinese", "Sino-Tibetan", "Hans", spaced=False),
)


LANGUAGES = {language.code: language for language in _TABLE}
"""Languages by ISO 639-1 code."""


XTREME = """
    af ar bg bn de el en es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr ms my nl pt ru sw ta te th
    tl tr ur vi yo zh
""".split()  # noqa: SIM905  a table is easier to read so
"""The 40 languages of XTREME (Hu et al. 2020)."""


XTREME_R = sorted([*XTREME, *["az", "gu", "ht", "lt", "pa", "pl", "qu", "ro", "uk", "wo"]])
"""The 50 languages of XTREME-R (Ruder et al. 2021)."""


NAMED = {"all": list(LANGUAGES), "xtreme": XTREME, "xtreme_r": XTREME_R}
"""Lists of languages by the name that settings may call them."""


_BRANCHES = {
    "Indo-European": "Armenian Baltic Germanic Greek Indo-Aryan Iranian Romance Slavic",
    "Afro-Asiatic": "Semitic",
    "Niger-Congo": "Bantu",
}
"""Families that the table divides into branches."""


_BY_CODE = LANGUAGES | {language.iso639_3: language for language in _TABLE}


def language(code: str) -> Language:
    """Look a language up by its ISO 639-1 or 639-3 code, or by a BCP 47 tag.

    Raises:
        ConfigError: if there is no such code.

    Example:
        >>> language("deu").name, language("yue").name, language("zh-Hant").script
        ('German', 'Cantonese', 'Hant')
    """
    row = _BY_CODE.get(code) or _registered(code)
    if row is None:
        guess = code_of_name(code)
        hint = f" (did you mean '{guess}'?)" if guess else nearest(code, _BY_CODE)
        raise ConfigError(
            f"language {code!r}: expected a code such as de or deu (ISO 639), or a tag such as zh-Hant "
            f"(BCP 47){hint}"
        )
    return row


@cache
def _registered(code: str) -> Language | None:
    """Language of a code that the table does not have; ``None``: there is no such code."""
    entry = registered(code)
    if entry is None:
        return None
    row = _BY_CODE.get(entry.language)
    if row is not None and entry.tag == row.code:  # another code of it, such as fas
        return row
    return Language(
        code=entry.tag,
        iso639_3=row.iso639_3 if row else entry.iso639_3,
        name=entry.name,
        family=row.family if row else "",
        script=entry.script,
        spaced=entry.spaced,
    )


def select(words: Sequence[str], codes: Sequence[str], *, where: str) -> list[str]:
    """Choose from a task's languages.

    Args:
        words: Codes; ``all``, ``xtreme`` or ``xtreme_r``; ``family:Germanic``; ``script:Latn``. A code that
            the task does not have is passed through.
        codes: Codes of the task, ISO 639-1 or 639-3.
        where: Name of the setting in errors.

    Returns:
        Codes without repetition, in the order of the words, those of one word in the task's order.

    Raises:
        ConfigError: if a family or script is not known, or none of the task's languages is meant.

    Example:
        >>> select(["family:Slavic", "de"], ["de", "en", "bg", "ru"], where="langs")
        ['bg', 'ru', 'de']
    """
    chosen: dict[str, None] = {}  # a set that remembers its order
    for word in words:
        chosen |= dict.fromkeys(_expanded(word, codes, where))
    return list(chosen)


def _expanded(word: str, codes: Sequence[str], where: str) -> list[str]:
    kind, colon, value = word.partition(":")
    if word in codes or (word not in NAMED and not colon):
        return [word]
    if word in NAMED:
        named = NAMED[word]
        # Not through the table, so that a task may have languages that stand in no list.
        matches = list(codes) if word == "all" else [code for code in codes if language(code).code in named]
    else:
        matches = _relatives(kind, value, codes, where)
    if not matches:
        raise ConfigError(
            f"{where}: expected languages of the task ({' '.join(codes)}), got '{word}', which is none of "
            "them"
        )
    return matches


def _relatives(kind: str, value: str, codes: Sequence[str], where: str) -> list[str]:
    """Find the languages of a family or script."""
    if kind not in ("family", "script"):
        raise ConfigError(
            f"{where}: expected a code, {', '.join(NAMED)}, family:NAME or script:CODE, got '{kind}:{value}'"
            f"{nearest(kind, ('family', 'script'))}"
        )
    names = {getattr(row, kind) for row in _TABLE} | (_BRANCHES.keys() if kind == "family" else set())
    if value not in names:
        raise ConfigError(
            f"{where}: expected one of {', '.join(sorted(names))} behind {kind}:, got '{value}'"
            f"{nearest(value, names)}"
        )
    values = [value, *_BRANCHES.get(value, "").split()] if kind == "family" else [value]
    return [code for code in codes if getattr(language(code), kind) in values]


def filled(pattern: str, lang: str) -> str:
    """Put a language into a pattern: ``{lang}``, ``{lang2}``, ``{lang3}`` or ``{name}``.

    Args:
        pattern: Text with fields, such as ``udpos.{name}``.
        lang: Code that the task uses, which ``{lang}`` stands for; the others are ISO 639-1, ISO 639-3, and
            the name in English.

    Example:
        >>> filled("{lang}: {lang3}, {name}", "de")
        'de: deu, German'
    """
    row = language(lang)
    return pattern.format(lang=lang, lang2=row.code, lang3=row.iso639_3, name=row.name)
