"""The copy catalog: every sentence of the pages in every language, and a scenario's own words over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from checkstand.infra.yaml_text import load_yaml

FOLDER: Final = Path(__file__).parent / "texts"
LOCALES: Final = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))
LAST_RESORT: Final = "en"


class Words(Mapping[str, str]):
    """The sentences of one language; a missing key is an error, never an empty space on a page."""

    def __init__(self, *layers: Mapping[str, str]) -> None:
        self._texts: dict[str, str] = {}
        for layer in layers:
            self._texts.update(layer)

    def __getitem__(self, key: str) -> str:
        return self._texts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def say(self, key: str, /, **values: str) -> str:
        """The sentence with its braces filled in; braces without a value stay as they are."""
        text = self._texts[key]
        if "{" not in text:
            return text
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        return text

    def first(self, *keys: str, **values: str) -> str:
        """The first of these sentences that exists."""
        return self.say(next(key for key in keys if key in self._texts), **values)


@lru_cache(maxsize=64)
def catalog(locale: str) -> Words:
    """Our own sentences in the nearest language we have; keys are dotted, `pages.paid.title`."""
    words = dict(_flat(load_yaml((FOLDER / f"{nearest(locale, LOCALES)}.yaml").read_text(encoding="utf-8"))))
    return Words(words)


def words_for(copy: Mapping[str, Mapping[str, str]], locale: str, default_locale: str) -> Words:
    """The catalog with a scenario's copy of the same language over it; its default language fills what is left."""
    nearest_copy = nearest(locale, tuple(copy))
    own = copy.get(nearest_copy, {}) if _language(nearest_copy) == _language(locale) else {}
    return Words(copy.get(default_locale, {}), catalog(locale), own)


def pick(texts: Mapping[str, str], locale: str, default_locale: str) -> str:
    """One text of a multi-language value, empty when there is none."""
    if not texts:
        return ""
    wanted = nearest(locale, tuple(texts))
    return texts.get(wanted) or texts.get(default_locale) or next(iter(texts.values()))


def nearest(locale: str, known: tuple[str, ...]) -> str:
    """The same locale, else the same language, else English, else the first."""
    if locale in known:
        return locale
    relatives = [name for name in known if _language(name) == _language(locale)]
    return (relatives or [name for name in known if name == LAST_RESORT] or list(known) or [LAST_RESORT])[0]


def _language(locale: str) -> str:
    return locale.replace("_", "-").split("-")[0].lower()


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
