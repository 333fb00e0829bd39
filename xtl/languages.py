"""The languages of XTREME and XTREME-R: codes, names, families and scripts."""

from dataclasses import dataclass

from xtl.errors import ConfigError, nearest


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes:
        code: ISO 639-1, which XTREME's file names use.
        iso639_3: ISO 639-3, which Tatoeba's file names use.
        name: In English, as Universal Dependencies spells it.
        family: Its family, or branch of Indo-European.
        script: ISO 15924 code of its usual script.
        spaced: Whether spaces stand between words.
    """

    code: str
    iso639_3: str
    name: str
    family: str
    script: str
    spaced: bool = True


_TABLE = (
    Language("af", "afr", "Afrikaans", "Germanic", "Latn"),
    Language("ar", "ara", "Arabic", "Semitic", "Arab"),
    Language("az", "aze", "Azerbaijani", "Turkic", "Latn"),
    Language("bg", "bul", "Bulgarian", "Slavic", "Cyrl"),
    Language("bn", "ben", "Bengali", "Indo-Aryan", "Beng"),
    Language("ceb", "ceb", "Cebuano", "Austronesian", "Latn"),
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
    Language("id", "ind", "Indonesian", "Austronesian", "Latn"),
    Language("it", "ita", "Italian", "Romance", "Latn"),
    Language("ja", "jpn", "Japanese", "Japonic", "Jpan", spaced=False),
    Language("jv", "jav", "Javanese", "Austronesian", "Latn"),
    Language("ka", "kat", "Georgian", "Kartvelian", "Geor"),
    Language("kk", "kaz", "Kazakh", "Turkic", "Cyrl"),
    Language("ko", "kor", "Korean", "Koreanic", "Kore"),
    Language("lt", "lit", "Lithuanian", "Baltic", "Latn"),
    Language("ml", "mal", "Malayalam", "Dravidian", "Mlym"),
    Language("mr", "mar", "Marathi", "Indo-Aryan", "Deva"),
    Language("ms", "zsm", "Malay", "Austronesian", "Latn"),
    Language("my", "mya", "Burmese", "Sino-Tibetan", "Mymr", spaced=False),
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
"""By ISO 639-1 code."""

_BY_CODE = LANGUAGES | {language.iso639_3: language for language in _TABLE}


def language(code: str) -> Language:
    """Look a language up by its ISO 639-1 or 639-3 code.

    Raises:
        ConfigError: if no task of the benchmark is in that language.

    Example:
        >>> language("deu").name
        'German'
    """
    found = _BY_CODE.get(code)
    if found is None:
        raise ConfigError(
            f"language {code!r}: expected a code such as de or deu{nearest(code, _BY_CODE)}; "
            "a new language is one row in xtl/languages.py"
        )
    return found
