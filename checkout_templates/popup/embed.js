// Opens a Checkstand popup inside this page. Protocol and examples: docs/reference/embed.md.
(() => {
  const home = new URL(document.currentScript.src).origin;
  const frameStyle = "inline-size:420px;max-inline-size:100%;block-size:640px;max-block-size:100%;border:0;border-radius:16px;background:#fff";
  const open = (url, { onReady, onPaid, onClosed } = {}) => {
    const address = new URL(url, home);
    if (address.origin !== home) throw new Error(`Checkstand: ${address.origin} is not ${home}`);
    const before = document.activeElement;
    const dialog = document.createElement("dialog");
    const frame = document.createElement("iframe");
    dialog.style.cssText = "padding:0;border:0;background:none;max-inline-size:100vw;max-block-size:100vh";
    frame.style.cssText = frameStyle;
    frame.title = "Checkout";
    frame.allow = "payment";
    frame.src = address.href;
    let paid = false;
    const hear = ({ origin, source, data }) => {
      if (origin !== home || source !== frame.contentWindow || typeof data?.type !== "string") return;
      if (data.type === "checkstand:ready") onReady?.({ page: String(data.page) });
      if (data.type === "checkstand:resize") frame.style.blockSize = `${Math.min(900, Math.max(320, Number(data.height) || 640))}px`;
      if (data.type === "checkstand:paid" && !paid) { paid = true; onPaid?.(); }
      if (data.type === "checkstand:closed") close();
    };
    const close = () => {
      removeEventListener("message", hear);
      dialog.remove();
      before?.focus?.();
      onClosed?.({ paid });
    };
    addEventListener("message", hear);
    dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(); });
    dialog.append(frame);
    document.body.append(dialog);
    dialog.showModal();
    return { close };
  };
  window.Checkstand = Object.freeze({ open });
})();
