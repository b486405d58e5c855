"""What mails say, in both languages. A person we know reads their own; an address we don't know reads both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from checkstand.infra.mail import Letter

# Kind → language → subject, sentences, and what the link is called.
WORDS: Final[Mapping[str, Mapping[str, tuple[str, tuple[str, ...], str]]]] = {
    "live_requested": {
        "en": ("{unit}: {scenario} waits for approval", (
            "{who} asks to put a version of {scenario} live. It was tried in test and has passed every check.",
            "Somebody who neither asked nor wrote it has to approve. Look at what changes, then decide.",
            "What {who} wrote: {note}",
        ), "Look at the request"),
        "zh-CN": ("{unit}：{scenario} 等待审批", (
            "{who} 申请将 {scenario} 的一个版本上线。该版本已在测试环境试运行并通过全部检查。",
            "须由申请人和作者以外的人审批。请查看变更内容后决定。",
            "申请说明：{note}",
        ), "查看申请"),
    },
    "live_approved": {
        "en": ("{unit}: {scenario} is live", (
            "{who} has approved the request. Shoppers see the new version of {scenario} now.",
            "What {who} wrote: {note}",
        ), "Look at the request"),
        "zh-CN": ("{unit}：{scenario} 已上线", (
            "{who} 已批准申请，顾客现在看到的是 {scenario} 的新版本。",
            "审批说明：{note}",
        ), "查看申请"),
    },
    "live_scheduled": {
        "en": ("{unit}: {scenario} goes live at {at}", (
            "{who} has approved the request for {at}. Until then live stays as it is, and it can be cancelled.",
            "What {who} wrote: {note}",
        ), "Look at the request"),
        "zh-CN": ("{unit}：{scenario} 将于 {at} 上线", (
            "{who} 已批准申请，上线时间为 {at}。在此之前生产环境保持不变，并可取消。",
            "审批说明：{note}",
        ), "查看申请"),
    },
    "live_overtaken": {
        "en": ("{unit}: {scenario} did not go live as planned", (
            "It was approved by {who} for {at}. Live is as it was.",
            "The reason: {note}",
        ), "Look at the request"),
        "zh-CN": ("{unit}：{scenario} 未按计划上线", (
            "{who} 批准的上线时间为 {at}。生产环境保持不变。",
            "原因：{note}",
        ), "查看申请"),
    },
    "live_rejected": {
        "en": ("{unit}: {scenario} was rejected", (
            "{who} has rejected the request. Live is as it was.",
            "The reason: {note}",
        ), "Look at the request"),
        "zh-CN": ("{unit}：{scenario} 的申请被驳回", (
            "{who} 驳回了申请，生产环境保持不变。",
            "原因：{note}",
        ), "查看申请"),
    },
    "experiment_paused": {
        "en": ("{unit}: the experiment {experiment} was stopped by a guardrail", (
            "It was surely worse than the control: {harm} ({mode} mode).",
            "New checkouts of {scenario} are as they are without the experiment; open ones keep what they show. "
            "Nobody has to do anything now. Look at the results before you start it again.",
        ), "Look at the results"),
        "zh-CN": ("{unit}：实验 {experiment} 已被护栏指标停止", (
            "与对照组相比明显变差：{harm}（模式：{mode}）。",
            "{scenario} 的新收银台已恢复为没有实验的样子，已打开的不受影响。现在无需任何操作，重新开始前请先查看结果。",
        ), "查看结果"),
    },
    "breaker_opened": {
        "en": ("{unit}: webhooks are not getting through", (
            "{endpoint} has failed {count} times in a row, so it is only asked once a minute now ({mode} mode).",
            "Nothing is lost: every message is repeated for about 75 hours. When the address answers again, "
            "delivery goes on by itself.",
        ), "Look at the endpoint"),
        "zh-CN": ("{unit}：Webhook 无法送达", (
            "{endpoint} 已连续失败 {count} 次，此后每分钟仅探测一次（模式：{mode}）。",
            "消息不会丢失：每条消息会在约 75 小时内反复投递，地址恢复应答后自动继续。",
        ), "查看端点"),
    },
    "key_ending": {
        "en": ("{unit}: an API key ends soon", (
            "The key {hint} was replaced and ends at {at} ({mode} mode).",
            "Calls with it are refused from then on. Make sure that every server uses the new key.",
        ), "Look at the keys"),
        "zh-CN": ("{unit}：API 密钥即将失效", (
            "密钥 {hint} 已被轮换，将于 {at} 失效（模式：{mode}）。",
            "届时使用该密钥的调用将被拒绝，请确认所有服务器都已换用新密钥。",
        ), "查看密钥"),
    },
    "invited": {
        "en": ("{who} invites you to {unit}", (
            "{who} invites you to work on the checkout of {unit}, as {role}.",
            "The link works once, for this address only, until {at}. Nobody is added if you do nothing.",
        ), "Accept the invitation"),
        "zh-CN": ("{who} 邀请您加入 {unit}", (
            "{who} 邀请您以 {role} 身份参与 {unit} 的收银台工作。",
            "链接仅限此邮箱使用一次，有效期至 {at}。若不操作，则不会被加入。",
        ), "接受邀请"),
    },
}  # fmt: skip
ROLES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {"owner": "owner", "developer": "developer", "finance": "finance", "analyst": "analyst",
           "reviewer": "reviewer"},
    "zh-CN": {"owner": "所有者", "developer": "开发者", "finance": "财务", "analyst": "分析师", "reviewer": "审核人"},
}  # fmt: skip
LANGUAGES: Final = ("en", "zh-CN")
FOOTER: Final = {
    "en": "Checkstand sent this because your address is a contact of {unit}, or because it concerns you.",
    "zh-CN": "Checkstand 向您发送此邮件，因为您的地址是 {unit} 的联系人，或此事与您有关。",
}


def write_letter(kind: str, languages: Sequence[str], facts: Mapping[str, Mapping[str, str]], link: str) -> Letter:
    """One mail in these languages, in this order; `facts` are per language. Without a note its sentence is left out."""
    subjects, texts, parts = [], [], []
    for language in languages:
        subject, sentences, action = WORDS[kind][language]
        known = facts[language]
        said = [each.format_map(known) for each in sentences if not _lacks(each, known)]
        title, footer = subject.format_map(known), FOOTER[language].format_map(known)
        subjects.append(title)
        texts.append("\n\n".join([title, *said, f"{action}: {link}", f"-- \n{footer}"]))
        parts.append(_html(language, title, said, action, link, footer))
    html = f'<!doctype html><html><head><meta charset="utf-8"></head><body>{"<hr>".join(parts)}</body></html>'
    return Letter(" · ".join(subjects), "\n\n".join(texts) + "\n", html)


def _lacks(sentence: str, facts: Mapping[str, str]) -> bool:
    return "{note}" in sentence and not facts.get("note")


def _html(language: str, title: str, said: Sequence[str], action: str, link: str, footer: str) -> str:
    body = "".join(f"<p>{escape(each)}</p>" for each in said)
    button = (
        f'<p><a href="{escape(link)}" style="display:inline-block;padding:10px 16px;border-radius:6px;'
        f'background:#1d4ed8;color:#ffffff;text-decoration:none">{escape(action)}</a></p>'
    )
    return (
        f'<div lang="{language}" style="max-width:36em;margin:0 auto;font:16px/1.5 system-ui,sans-serif;color:#1c1917">'
        f'<h1 style="font-size:20px">{escape(title)}</h1>{body}{button}'
        f'<p style="font-size:13px;color:#57534e">{escape(footer)}</p></div>'
    )
