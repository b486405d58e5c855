"""What Lantern Books sells. Prices are whole yuan, so no purchase triggers a simulator's amount rule by accident."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Good:
    id: str
    category: str
    zh: str
    en: str
    price_minor: int
    art: str  # which drawing, see templates/_art.html

    @property
    def ink(self) -> str:
        return COLOURS[self.art][0]

    @property
    def paper(self) -> str:
        return COLOURS[self.art][1]

    def name(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


CATEGORIES: Final = {
    "books": ("书籍", "Books"),
    "stationery": ("文房", "Stationery"),
    "tea": ("茶", "Tea"),
    "rarities": ("珍藏", "Rarities"),
}

# fmt: off
GOODS: Final = (
    Good("mountains-and-seas",  "books",      "山海经图鉴", "Atlas of Mountains and Seas", 12900, "peaks"),
    Good("lantern-riddles",     "books",      "灯谜三百首", "Three Hundred Lantern Riddles", 4500, "lantern"),
    Good("cloud-guide",         "books",      "云的野外指南", "A Field Guide to Clouds", 8800, "clouds"),
    Good("night-ferry",         "books",      "夜航船", "The Night Ferry", 6800, "ferry"),
    Good("brush-set",           "stationery", "狼毫笔墨套装", "Brush and Ink Set", 15900, "brush"),
    Good("grid-notebook",       "stationery", "方格手账", "Grid Notebook", 2900, "grid"),
    Good("oolong-tin",          "tea",        "冻顶乌龙茶罐", "Tin of Oolong", 9800, "leaf"),
    Good("first-folio",         "rarities",   "宋刻本影印函套", "Song Edition, Facsimile Box", 688800, "seal"),
)
COLOURS: Final = {  # drawing → ink, paper
    "peaks": ("#1f4e5f", "#cfe3e2"),
    "lantern": ("#b3261e", "#fbe3d6"),
    "clouds": ("#33549b", "#dce7f7"),
    "ferry": ("#2c2a4a", "#d9d4ec"),
    "brush": ("#2b2b2b", "#ece7dc"),
    "grid": ("#7a5c1e", "#f4ead0"),
    "leaf": ("#2f6b3c", "#dcefdc"),
    "seal": ("#8c1d18", "#f1ddc5"),
}
# fmt: on


def good(good_id: str) -> Good | None:
    return next((each for each in GOODS if each.id == good_id), None)
