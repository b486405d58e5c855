"""Every sentence of the console, in English and Chinese: `texts.yaml` in each area, keys below the area's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from checkstand.infra.yaml_text import load_yaml

LOCALES: Final = ("en", "zh-CN")
Speaker = Callable[..., str]


class Texts:
    """`texts.yaml` holds `key: {en: …, zh-CN: …}`, nested as deep as it helps; `people.title` reads one of them."""

    def __init__(self, folder: Path) -> None:
        self.sentences: dict[str, Mapping[str, str]] = {}
        for path in sorted(folder.glob("*/texts.yaml")):
            area = path.parent.name.strip("_")
            tree = load_yaml(path.read_text(encoding="utf-8"))
            self.sentences.update(dict(_flat(tree, "" if area == "shared" else area)))

    def speaker(self, locale: str) -> Speaker:
        """`t("people.invited", email=…)`. A missing sentence is a mistake and raises KeyError."""

        def t(key: str, **values: object) -> str:
            sentence = self.sentences[key]
            text = sentence.get(locale) or sentence["en"]
            for name, value in values.items():
                text = text.replace("{" + name + "}", str(value))
            return text

        return t

    @staticmethod
    def nearest(wanted: str) -> str:
        """The first of the wanted languages that we speak; `Accept-Language` in the order it stands."""
        for each in wanted.split(","):
            language = each.partition(";")[0].strip().partition("-")[0].lower()
            found = next((locale for locale in LOCALES if locale.partition("-")[0] == language), None)
            if found:
                return found
        return LOCALES[0]


def _flat(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for name, value in tree.items():
        key = f"{prefix}.{name}" if prefix else str(name)
        if set(value) <= set(LOCALES):
            yield key, value
        else:
            yield from _flat(value, key)
