// The preview follows the text; a message leads to its line. Without this file the buttons do the same.
const editor = document.getElementById("editor");
const source = document.getElementById("source");
const frame = document.getElementById("preview");
let asked = 0;
let waiting = 0;

async function refresh() {
  const mine = ++asked;
  const answer = await fetch(editor.dataset.previewUrl, { method: "POST", body: new URLSearchParams(new FormData(editor)) });
  if (answer.redirected || answer.status === 401) { location.reload(); return; }
  const html = await answer.text();
  if (mine === asked) frame.srcdoc = html; // an older answer never covers a newer one
}
function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 500);
}
source.addEventListener("input", soon);
for (const field of document.querySelectorAll("[data-preview]")) field.addEventListener("input", soon);
document.getElementById("show-preview").addEventListener("click", (event) => { event.preventDefault(); refresh(); });

addEventListener("click", (event) => {
  const place = event.target.closest("[data-line]");
  if (!place) return;
  const wanted = { line: Number(place.dataset.line), column: Number(place.dataset.column) };
  // The editor over the text goes there itself; without it the area selects the line.
  if (!source.dispatchEvent(new CustomEvent("studio:place", { detail: wanted, cancelable: true }))) return;
  const lines = source.value.split("\n");
  const line = Math.min(wanted.line, lines.length);
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  source.focus();
  source.setSelectionRange(start, start + lines[line - 1].length);
  source.scrollTop = (source.scrollHeight / lines.length) * Math.max(0, line - 5);
});

// A text that is not saved is not left by accident.
let touched = false;
source.addEventListener("input", () => { touched = true; });
addEventListener("submit", (event) => { if (event.target === editor) touched = false; });
addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });
