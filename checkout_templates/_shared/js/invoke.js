// Hands the channel's parameters to the client the page runs in: WeChat's bridge, or the app's own.
for (const button of document.querySelectorAll('[data-behavior~="invoke"]')) {
  const params = JSON.parse(button.dataset.params);
  const message = { type: "checkstand:invoke", client: button.dataset.client, params };
  const native = () => window.webkit?.messageHandlers?.checkstand ?? window.CheckstandBridge;
  const pay = () => {
    if (window.WeixinJSBridge) window.WeixinJSBridge.invoke("getBrandWCPayRequest", params, () => location.reload());
    else if (window.webkit?.messageHandlers?.checkstand) native().postMessage(message);
    else if (window.CheckstandBridge) native().postMessage(JSON.stringify(message));
  };
  const ready = () => { button.hidden = false; button.addEventListener("click", pay); };
  if (window.WeixinJSBridge || native()) ready();
  else document.addEventListener("WeixinJSBridgeReady", ready, { once: true });
}
