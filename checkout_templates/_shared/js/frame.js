// The popup's half of the protocol in docs/reference/embed.md: tells the page around it, and nobody else.
const popup = document.querySelector('[data-behavior~="frame"]');
if (popup && window.parent !== window) {
  const allowed = [location.origin, ...popup.dataset.origins.split(" ").filter(Boolean)];
  const around = window.location.ancestorOrigins?.[0];
  const targets = around ? allowed.filter((origin) => origin === around) : allowed;
  const tell = (type, more = {}) => {
    for (const origin of targets) window.parent.postMessage({ type: `checkstand:${type}`, ...more }, origin);
  };
  const size = () => tell("resize", { height: document.querySelector(".shell").scrollHeight });
  tell("ready", { page: popup.dataset.page });
  size();
  new ResizeObserver(size).observe(popup);
  if (popup.dataset.page === "paid") tell("paid");
  for (const button of document.querySelectorAll("[data-close]")) {
    button.hidden = false;
    button.addEventListener("click", () => tell("closed"));
  }
  addEventListener("keydown", (event) => { if (event.key === "Escape") tell("closed"); });
}
