// Opens the checkout in a dialog of this page. Without this file the same forms post and redirect.
for (const form of document.querySelectorAll("form[data-popup]")) {
  form.addEventListener("submit", async (event) => {
    if (!window.Checkstand) return;
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { accept: "application/json" },
      body: new URLSearchParams(new FormData(form)),
    });
    const { url, order, detail } = await answer.json();
    button.disabled = false;
    if (!answer.ok) return void (form.querySelector("output").textContent = detail);
    // Paid is believed only when the webhook says so; the order's page shows that.
    window.Checkstand.open(url, { onClosed: () => location.assign(order) });
  });
}
