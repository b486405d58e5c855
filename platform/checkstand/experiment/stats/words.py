"""A verdict in words, in English and Chinese, with the goal and its guardrails: for pages, files and the shell."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import Final

from babel.numbers import format_currency, format_decimal

from checkstand.experiment.metrics import METRICS
from checkstand.experiment.stats.report import Comparison, Report, Verdict
from checkstand.kernel import Money

_SAID: Final[Mapping[str, Mapping[str, str]]] = {
    "no_data": {"en": "Nobody has seen the experiment yet.", "zh-CN": "还没有人看到该实验。"},
    "srm": {
        "en": "Do not trust these figures: the arms do not have the shares that were configured ({shares}, p = {p}). "
        "Something lets shoppers of one arm disappear before they are counted; find it, then start a new experiment.",
        "zh-CN": "请勿采信这些数据：各分组占比与配置不符（{shares}，p = {p}）。"
        "某个环节使其中一组的顾客在计数前流失；请先查明原因，再开始新的实验。",
    },
    "multiple": {
        "en": "Do not trust these figures: {multiple} of {units} were in more than one arm. They are left out, but "
        "arms that are not kept usually have a reason that concerns everybody.",
        "zh-CN": "请勿采信这些数据：{units} 个单元中有 {multiple} 个进入过多个分组。"
        "它们已被剔除，但分组不稳定通常是普遍问题。",
    },
    "guardrail": {
        "en": "{arm} does harm ({harm}). Stop it, whatever its goal says. {goal}",
        "zh-CN": "{arm} 造成损害：{harm}。无论目标如何都应停止。{goal}",
    },
    "early": {
        "en": "Too early to decide about {arm}: {missing}. So far: {goal}",
        "zh-CN": "{arm} 尚不能下结论：{missing}。目前：{goal}",
    },
    "better": {"en": "{arm} is better. {goal}", "zh-CN": "{arm} 更好。{goal}"},
    "worse": {"en": "{arm} is worse. Keep the control. {goal}", "zh-CN": "{arm} 更差，请保留对照组。{goal}"},
    "unclear": {
        "en": "No difference is shown for {arm}. {goal}",
        "zh-CN": "{arm} 与对照组没有显示出差异。{goal}",
    },
}
_GOAL: Final = {
    "en": "Goal, {metric}: {value} instead of {control}, a difference of {difference}{interval}.",
    "zh-CN": "目标（{metric}）：{value}，对照组 {control}，差异 {difference}{interval}。",
}
_INTERVAL: Final = {"en": " (between {low} and {high})", "zh-CN": "（区间 {low} 至 {high}）"}
_GUARDRAILS: Final = {"en": " Guardrails: {each}.", "zh-CN": "护栏：{each}。"}
_GUARDRAIL: Final[Mapping[str, Mapping[str, str]]] = {
    "worse": {
        "en": "{metric}: worse, {value} instead of {control}",
        "zh-CN": "{metric}变差（{value}，对照组 {control}）",
    },
    "not_worse": {"en": "{metric}: not worse", "zh-CN": "{metric}没有变差"},
    "unclear": {"en": "{metric}: not clear yet", "zh-CN": "{metric}尚不明确"},
    "no_data": {"en": "{metric}: no data yet", "zh-CN": "{metric}暂无数据"},
}
_DAYS: Final = {"en": "{n} more day(s) are needed", "zh-CN": "还需 {n} 天"}
_UNITS: Final = {"en": "{n} more unit(s) are needed in the smallest arm", "zh-CN": "最小分组还需 {n} 个单元"}
_JOINT: Final = {"en": "; ", "zh-CN": "；"}
_POINTS: Final = {"en": " points", "zh-CN": " 个百分点"}


def sentences(report: Report, locale: str, currency: str) -> list[str]:
    """One paragraph per verdict."""
    return [_sentence(report, verdict, locale, currency) for verdict in report.verdicts]


def harm_words(report: Report, locale: str, currency: str) -> str:
    """Which guardrails were hit, by arm."""
    hit = report.guardrails_hit
    return _JOINT[locale].join(f"{each.variation}: {_guardrail(each, locale, currency)}" for each in hit)


def value_words(metric: str, value: float, locale: str, currency: str) -> str:
    """A metric's value: 63.2 %, ¥12.90, 41 s, 12 ms."""
    form = METRICS[metric].form
    if form == "share":
        return f"{format_decimal(round(100 * value, 2), locale=_babel(locale))} %"
    if form == "money":
        major = Decimal(str(value)) * Decimal(Money(1, currency).decimal())
        return format_currency(major, currency, locale=_babel(locale))
    return f"{format_decimal(round(value, 1), locale=_babel(locale))} {'s' if form == 'seconds' else 'ms'}"


def difference_words(metric: str, value: float, locale: str, currency: str) -> str:
    """A difference with its sign; of shares in percentage points."""
    if not isfinite(value):
        return "–"
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    if METRICS[metric].form == "share":
        return f"{sign}{format_decimal(round(100 * abs(value), 2), locale=_babel(locale))}{_POINTS[locale]}"
    return sign + value_words(metric, abs(value), locale, currency)


def metric_name(metric: str, locale: str) -> str:
    return METRICS[metric].name[locale]


def p_words(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _sentence(report: Report, verdict: Verdict, locale: str, currency: str) -> str:
    if not verdict.variation:
        shares = ", ".join(f"{arm.variation} {arm.units}" for arm in report.arms)
        facts = {"shares": shares, "p": p_words(report.srm), "multiple": report.multiple}
        return _SAID[verdict.code][locale].format(**facts, units=report.units + report.multiple)
    (goal,) = report.of(verdict.variation, "goal")
    guardrails = report.of(verdict.variation, "guardrail")
    told = [_guardrail(each, locale, currency) for each in guardrails]
    harm = [_guardrail(each, locale, currency) for each in guardrails if each.status == "worse"]
    said = _SAID[verdict.code][locale].format(
        arm=verdict.variation,
        goal=_goal(goal, locale, currency),
        missing=_missing(verdict, locale),
        harm=_JOINT[locale].join(harm),
    )
    return said + (_GUARDRAILS[locale].format(each=_JOINT[locale].join(told)) if told else "")


def _goal(goal: Comparison, locale: str, currency: str) -> str:
    difference = goal.difference
    low, high = (difference_words(goal.metric, each, locale, currency) for each in (difference.low, difference.high))
    return _GOAL[locale].format(
        metric=metric_name(goal.metric, locale),
        value=value_words(goal.metric, goal.value, locale, currency),
        control=value_words(goal.metric, goal.control, locale, currency),
        difference=difference_words(goal.metric, difference.estimate, locale, currency),
        interval=_INTERVAL[locale].format(low=low, high=high) if difference.known else "",
    )


def _guardrail(each: Comparison, locale: str, currency: str) -> str:
    return _GUARDRAIL[each.status][locale].format(
        metric=metric_name(each.metric, locale),
        value=value_words(each.metric, each.value, locale, currency),
        control=value_words(each.metric, each.control, locale, currency),
    )


def _missing(verdict: Verdict, locale: str) -> str:
    parts = [words[locale].format(n=n) for words, n in ((_DAYS, verdict.days_left), (_UNITS, verdict.units_left)) if n]
    return ("，" if locale == "zh-CN" else ", ").join(parts)


def _babel(locale: str) -> str:
    return locale.replace("-", "_")
