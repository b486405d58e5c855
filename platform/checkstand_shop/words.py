"""The storefront's words, in the two languages it speaks."""

from __future__ import annotations

from typing import Final

# fmt: off
WORDS: Final = {
    "shop":            ("明灯书屋", "Lantern Books"),
    "tagline":         ("纸上有灯，夜里有书。", "Paper, ink and a light to read by."),
    "catalogue":       ("选购", "Shop"),
    "try":             ("体验每种收银台", "Try every checkout"),
    "embed":           ("页内弹窗", "Popup in this page"),
    "orders":          ("我的订单", "Orders"),
    "buy":             ("购买", "Buy"),
    "pay_now":         ("去支付", "Go to checkout"),
    "pay_again":       ("继续支付", "Continue to checkout"),
    "quantity":        ("数量", "Quantity"),
    "amount":          ("金额", "Amount"),
    "terminal":        ("终端", "Terminal"),
    "language":        ("语言", "Language"),
    "order":           ("订单", "Order"),
    "order_no":        ("订单号", "Order number"),
    "scenario":        ("场景", "Scenario"),
    "created":         ("下单时间", "Placed"),
    "status":          ("状态", "Status"),
    "method":          ("支付方式", "Paid with"),
    "hooks":           ("收到的通知", "What Checkstand told us"),
    "no_hooks":        ("还没有收到通知；支付完成后会出现在这里。",
                        "Nothing yet; it appears here when something happens."),
    "verified":        ("签名已验证", "signature verified"),
    "repeated":        ("重复", "repeated"),
    "refund":          ("申请退款", "Ask for a refund"),
    "refund_asked":    ("退款已提交，结果会通过通知告诉我们。", "The refund is on its way; a webhook will tell us."),
    "no_orders":       ("还没有订单。", "No orders yet."),
    "back":            ("返回选购", "Back to the shop"),
    "s_new":           ("未发起支付", "not started"),
    "s_awaiting":      ("待支付", "awaiting payment"),
    "s_paid":          ("已支付", "paid"),
    "s_part_refunded": ("部分退款", "partly refunded"),
    "s_refunded":      ("已退款", "refunded"),
    "s_closed":        ("已关闭", "closed"),
    "s_attention":     ("金额不符，待核对", "amount differs, being checked"),
    "try_intro":       ("每个场景都由一个 YAML 文件生成。选择金额、终端和语言，看看购物者会看到什么。",
                        "Each of these checkouts comes from one YAML file. "
                        "Choose an amount, a terminal and a language, and see what a shopper sees."),
    "embed_intro":     ("页面里放一段脚本，收银台就在弹窗里打开；没有脚本时照常跳转。",
                        "One script on the page opens the checkout in a dialog. "
                        "Without JavaScript the same button simply goes there."),
    "no_scenarios":    ("还没有发布的场景。运行 checkstand apply scenarios/ 之后再来。",
                        "No scenario is published yet. Run `checkstand apply scenarios/` and come back."),
    "sorry":           ("这一步没有成功", "That did not work"),
    "not_found":       ("没有找到这个页面或订单。", "There is no such page or order."),
    "demo":            ("演示商店：不会产生真实扣款。", "A demo shop: no real money moves."),
    "f_full_screen":   ("全屏", "full screen"),
    "f_popup":         ("弹窗", "popup"),
    "f_mobile_site":   ("手机站", "mobile site"),
    "f_regulatory":    ("合规", "regulatory"),
    "t_pc":            ("电脑", "computer"),
    "t_h5":            ("手机网页", "phone browser"),
    "t_mini_program":  ("小程序", "mini-program"),
    "t_ios":           ("iOS 应用", "iOS app"),
    "t_android":       ("安卓应用", "Android app"),
}
# fmt: on

LOCALE_NAMES: Final = {"zh-CN": "简体中文", "en": "English", "ar": "العربية"}
LANGUAGES: Final = ("zh", "en")


def words(lang: str) -> dict[str, str]:
    """Every word in one language."""
    at = LANGUAGES.index(lang)
    return {key: pair[at] for key, pair in WORDS.items()}


def pick_language(query: str | None, cookie: str | None, accept: str) -> str:
    """What was asked for, else what was chosen before, else what the browser prefers."""
    for wish in (query, cookie):
        if wish in LANGUAGES:
            return str(wish)
    return "zh" if accept.lower().lstrip().startswith("zh") else "en"


def price(minor: int, currency: str) -> str:
    """`¥129.00`; the shop sells in few currencies, and so needs no library."""
    digits = 0 if currency in ("JPY", "KRW", "VND") else 2
    sign = {"CNY": "¥", "USD": "$", "EUR": "€", "HKD": "HK$", "JPY": "JP¥", "GBP": "£"}.get(currency, currency + " ")
    return f"{sign}{minor / 10**digits:,.{digits}f}"
