// Small helpers; every page works without them.
// A problem is read out and reached first.
document.querySelector("[data-testid=problem][tabindex]")?.focus();
// What was done is said once: a reload, a bookmark or a copied address does not say it again.
const here = new URL(location.href);
if (here.searchParams.has("done")) {
  here.searchParams.delete("done");
  history.replaceState(history.state, "", here);
}
// In a row of links that is wider than the screen, the one of this page is seen.
for (const row of document.querySelectorAll(".side ul, .subnav ul")) {
  const current = row.querySelector("[aria-current]");
  if (current) row.scrollLeft = current.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
}
// One menu open at a time, Escape closes it.
addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
});
// A form is sent once; the server refuses a second one too.
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (form.method === "post") { form.dataset.sent = "1"; setTimeout(() => delete form.dataset.sent, 4000); }
});
// Copy buttons exist only where they can work.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
    button.setAttribute("data-copied", "");
  });
}
