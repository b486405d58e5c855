// Payment methods are dragged to their place. The drop presses the same form as the arrows, which stay for
// the keyboard and for pages without scripts; after the page came back, focus and a sentence say what happened.
const list = document.getElementById("method-list");
const status = document.getElementById("method-moved");
const KEY = "studio:moved";
let dragged = null;
let before = [];

const rows = () => [...list.querySelectorAll("[data-method]")];
const order = () => rows().map((row) => row.dataset.method);

function remember(id, press) {
  sessionStorage.setItem(KEY, JSON.stringify({ id, press, page: location.pathname, top: scrollY }));
}

function follow(event) {
  const over = rows().find((row) => {
    const box = row.getBoundingClientRect();
    return row !== dragged && event.clientY > box.top && event.clientY < box.bottom;
  });
  if (!over) return;
  const box = over.getBoundingClientRect();
  const after = event.clientY > box.top + box.height / 2;
  list.insertBefore(dragged, after ? over.nextSibling : over);
}

function put(ids) {
  for (const id of ids) list.append(rows().find((row) => row.dataset.method === id));
}

function end(event) {
  const id = dragged.dataset.method;
  const place = order().indexOf(id);
  const moved = event.type === "pointerup" && place !== before.indexOf(id);
  dragged.classList.remove("dragged");
  removeEventListener("pointermove", follow);
  removeEventListener("pointerup", end);
  removeEventListener("pointercancel", end);
  removeEventListener("keydown", escape);
  dragged = null;
  if (!moved) { put(before); return; }
  remember(id, "");
  const button = document.createElement("button");
  Object.assign(button, { name: "do", value: `place:${id}:${place}`, hidden: true, type: "submit" });
  button.setAttribute("form", "editor");
  document.body.append(button);
  document.getElementById("editor").requestSubmit(button);
}

function escape(event) {
  if (event.key === "Escape") end(event);
}

function begin(event) {
  if (event.button !== 0) return;
  event.preventDefault();
  dragged = event.target.closest("[data-method]");
  before = order();
  dragged.classList.add("dragged");
  addEventListener("pointermove", follow);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
  addEventListener("keydown", escape);
}

function comeBack() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) || "null");
  sessionStorage.removeItem(KEY);
  if (!kept || kept.page !== location.pathname) return;
  const place = order().indexOf(kept.id);
  if (place < 0) return;
  const row = rows()[place];
  const same = row.querySelector(`button[value^="${kept.press || "up"}:"]`);
  (same.disabled ? row.querySelector('button[name="do"]:not(:disabled)') : same).focus({ preventScroll: true });
  scrollTo(0, kept.top);
  const words = { name: row.dataset.name, place: place + 1, count: rows().length };
  status.textContent = status.dataset.moved.replace(/\{(\w+)\}/g, (_, name) => words[name]);
}

if (list) {
  for (const grip of list.querySelectorAll("[data-grip]")) {
    grip.hidden = false;
    grip.addEventListener("pointerdown", begin);
  }
  list.addEventListener("click", (event) => {
    const button = event.target.closest('button[name="do"]');
    const [press, id] = (button?.value ?? "").split(":");
    if (press !== "up" && press !== "down") return;
    button.removeAttribute("formaction"); // its fragment would take the focus away again
    remember(id, press);
  });
  comeBack();
}
