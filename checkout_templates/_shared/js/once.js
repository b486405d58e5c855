// A second click on "pay" waits for the first. The server would refuse it anyway; this is politeness.
for (const form of document.querySelectorAll('form[data-behavior~="once"]')) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    (event.submitter ?? form.querySelector('[data-testid="pay"]'))?.setAttribute("aria-busy", "true");
  });
}
// A page that comes back from the browser's memory is a new chance.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
