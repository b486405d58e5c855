// Keys and values that are allowed here, and what a key means: both from the schema.
import { insertCompletionText, pickedCompletion, startCompletion } from "@codemirror/autocomplete";
import { hoverTooltip } from "@codemirror/view";
import { keys, place } from "./place.js";

const LARGEST = 512 * 1024; // twice what the server takes; a text beyond it is no scenario, and reading it would be felt

export const suggestions = (vocabulary) => async (context) => {
  const { state, pos } = context;
  if (state.doc.length > LARGEST) return null;
  const text = state.doc.toString();
  const here = place(text.slice(0, pos));
  const known = await vocabulary;
  const node = here && known?.at(here.path);
  if (!node) return null;
  const values = known.values(node);
  if (pos === here.from && !context.explicit && !values.length) return null; // keys wait for a letter or for Ctrl+Space
  const taken = new Set(siblings(text, here).map((each) => each.key));
  const followed = /^[\w.-]*\s*:/.test(state.sliceDoc(pos, state.doc.lineAt(pos).to));
  const allowed = known.keys(node).filter((each) => !taken.has(each.name));
  return {
    from: here.from,
    validFor: /^[\w.+/-]*$/,
    options: [
      ...allowed.map((each) => ({
        label: each.name,
        type: "property",
        detail: each.required ? state.phrase("required") : "",
        boost: each.required ? 1 : 0,
        info: () => explained(state, each.node),
        apply: followed ? each.name : (...where) => write(each, here, known, ...where),
      })),
      ...values.map((value) => ({ label: value, type: "enum", info: () => explained(state, node, value) })),
    ],
  };
};

export const explanations = (vocabulary) =>
  hoverTooltip(async ({ state }, pos) => {
    if (state.doc.length > LARGEST) return null;
    const over = keys(state.doc.toString()).find((each) => each.from <= pos && pos <= each.to);
    const node = over && (await vocabulary)?.at([...over.path, over.key]);
    if (!node?.description) return null;
    return { pos: over.from, end: over.to, above: true, create: () => ({ dom: explained(state, node) }) };
  });

function siblings(text, here) {
  const path = JSON.stringify(here.path);
  return keys(text).filter((each) => each.from !== here.from && JSON.stringify(each.path) === path);
}

// A key with what comes next: its value on the same line, or the first line of its block.
function write({ name, node }, here, known, view, completion, from, to) {
  const values = known.values(node);
  const kind = [node.type].flat()[0];
  const below = `\n${" ".repeat((here.column ?? 0) + 2)}`;
  const block = { object: `:${below}`, array: `:${below}- ` }[kind];
  const text = name + ((!here.flow && block) || ": ");
  view.dispatch(insertCompletionText(view.state, text, from, to), { annotations: pickedCompletion.of(completion) });
  if (values.length) startCompletion(view);
}

function explained(state, node, value) {
  const box = document.createElement("div");
  box.className = "cm-explained";
  const words = node.description ?? "";
  // "hide: the methods are not shown. require: …" explains every value; the chosen one is enough.
  const one = value && words.split(/(?<=\.) /).find((each) => each.startsWith(`${value}: `));
  const lines = [one || words];
  if (!value && node.enum) lines.push(node.enum.join(" · "));
  if (!value && node.default !== undefined) lines.push(state.phrase("Default: $", JSON.stringify(node.default)));
  for (const each of lines) box.appendChild(document.createElement("p")).textContent = each;
  return box;
}
