// The text area of the scenario studio as an editor. The area stays: it is what the form sends, what htmx listens to and
// what other scripts read and write; the editor shows the same text and adds what helps to write it.
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState } from "@codemirror/state";
import { EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { look } from "./look.js";
import { diagnostics, span } from "./problems.js";
import { Vocabulary } from "./schema.js";
import { explanations, suggestions } from "./suggest.js";

const adopted = Annotation.define(); // a change that came from the area, so the area has it already
const memory = `editor:${location.pathname}`;
let area = null;
let view = null;

function attach() {
  const found = document.getElementById("source");
  if (found === area) return void (area && adopt());
  view?.destroy();
  [area, view] = [found, null];
  if (!area) return;
  view = new EditorView({ doc: area.value, extensions: extensions(area) });
  area.before(view.dom);
  area.hidden = true;
  area.addEventListener("input", adopt);
  area.addEventListener("studio:place", (event) => {
    event.preventDefault();
    go(event.detail);
  });
  area.labels[0].addEventListener("click", () => view.focus());
  document.getElementById(area.dataset.keys).hidden = false;
  recall();
  mark();
}

function extensions({ dataset, readOnly, labels }) {
  const vocabulary = fetch(dataset.schema).then(
    async (answer) => (answer.ok ? new Vocabulary(await answer.json()) : null),
    () => null, // without the schema it is still an editor
  );
  return [
    lineNumbers(),
    highlightActiveLineGutter(),
    highlightActiveLine(),
    highlightSpecialChars(),
    highlightSelectionMatches(),
    history(),
    indentOnInput(),
    bracketMatching(),
    yaml(),
    lintGutter(),
    search({ top: true }),
    look,
    EditorState.readOnly.of(readOnly),
    EditorState.phrases.of(JSON.parse(dataset.phrases)),
    EditorView.contentAttributes.of({
      tabindex: "0",
      "aria-labelledby": labels[0].id,
      "aria-describedby": `${area.getAttribute("aria-describedby")} ${dataset.keys}`,
      ...(readOnly && { "aria-readonly": "true" }),
    }),
    autocompletion({ override: readOnly ? [] : [suggestions(vocabulary)], icons: false }),
    explanations(vocabulary),
    // Tab is not here: it leads to the next field, as everywhere on the page.
    keymap.of([...completionKeymap, ...searchKeymap, ...historyKeymap, ...lintKeymap, ...defaultKeymap]),
    EditorView.updateListener.of(share),
  ];
}

// The editor's text goes into the area, which then says that it changed: htmx checks it, the preview follows.
function share(update) {
  if (!update.docChanged || update.transactions.some((each) => each.annotation(adopted))) return;
  area.value = update.state.doc.toString();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

// A text that something else wrote into the area: only what differs is replaced, so the cursor stays where it was.
function adopt() {
  const [old, now] = [view.state.doc.toString(), area.value];
  if (old === now) return;
  let from = 0;
  while (from < old.length && old[from] === now[from]) from += 1;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - from && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const changes = { from, to: old.length - tail, insert: now.slice(from, now.length - tail) };
  view.dispatch({ changes, annotations: adopted.of(true) });
}

function mark() {
  const list = document.getElementById("messages");
  if (view && list) view.dispatch(setDiagnostics(view.state, diagnostics(list, view.state.doc)));
}

function go({ line, column }) {
  const [from, to] = span(view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines))), column);
  view.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
  view.focus();
}

// A button of the form reloads the page; the cursor and what was in sight stay.
function remember() {
  if (!view) return;
  const line = view.state.doc.lineAt(view.state.selection.main.head);
  const place = { line: line.number, column: view.state.selection.main.head - line.from, top: view.scrollDOM.scrollTop };
  sessionStorage.setItem(memory, JSON.stringify(place));
}

function recall() {
  const { line = 1, column = 0, top = 0 } = JSON.parse(sessionStorage.getItem(memory) ?? "{}");
  const { from, to } = view.state.doc.line(Math.min(line, view.state.doc.lines));
  view.dispatch({ selection: { anchor: Math.min(from + column, to) } });
  // Only the editor scrolls; scrollIntoView would take the page along.
  view.requestMeasure({ read: () => top, write: (height) => (view.scrollDOM.scrollTop = height) });
}

addEventListener("pagehide", remember);
document.addEventListener("htmx:beforeSwap", remember);
document.addEventListener("htmx:afterSettle", () => {
  attach();
  mark();
});
attach();
