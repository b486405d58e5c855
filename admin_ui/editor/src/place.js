// Where in a scenario's text is this? A reader of the YAML that scenarios are written in: blocks by their indentation,
// brackets, quotes, comments and block texts. Half-written lines are its daily bread, so it never refuses a text.

const KEY = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#"'{}[\],&*!|>%@`-][^#]*?|-[^\s#][^#]*?)\s*:(?=\s|$)/;

/** Every key with its place: `{path, key, from, to}`; a path holds names and positions in lists. */
export function keys(text) {
  return read(text).keys;
}

/** What stands, or could stand, at the end of this text: `{path, from, key}`; null in comments, quotes and block texts. */
export function place(text) {
  return read(text).end();
}

function read(text) {
  const found = [];
  let blocks = [{ kind: "root", column: -1, path: [] }];
  let brackets = [];
  let quote = "";
  let held = null; // the column whose deeper lines belong to a block text
  let over = false; // nothing can be written here any more: a comment, or a value that is closed
  let begun = null; // where the value of this line begins
  let column = 0;
  let start = 0;

  const add = (path, word, from) => found.push({ path, key: bare(word), from, to: from + word.length });
  const last = () => blocks[blocks.length - 1];
  const inside = ({ kind, path, name, item }) => (kind === "root" ? path : [...path, kind === "map" ? name : item]);

  // The block that a key (map) or a dash (list) at this column belongs to. A list may stand as far left as its key.
  function enter(kind) {
    while (last().column > column || (last().column === column && last().kind === "list" && kind === "map")) blocks.pop();
    if (last().column !== column || last().kind !== kind) blocks.push({ kind, column, path: inside(last()), item: -1 });
    return last();
  }

  function line(words) {
    column = words.search(/[^ ]|$/);
    let rest = words.slice(column);
    begun = null;
    over = false;
    if (held !== null && (!rest || column > held)) return;
    held = null;
    if (quote || brackets.length) return flow(words, 0);
    if (!rest || rest.startsWith("#")) return void (over = rest !== "");
    if (/^(---|\.\.\.)(\s|$)/.test(rest)) return void (blocks = [{ kind: "root", column: -1, path: [] }]);
    for (let dash; (dash = /^-(\s+|$)/.exec(rest)); rest = words.slice(column)) {
      enter("list").item += 1;
      column += dash[0].length;
    }
    const key = KEY.exec(rest);
    if (key) {
      const block = enter("map");
      block.name = bare(key[1]);
      add(block.path, key[1], start + column);
      column += key[0].length;
      begun = column += words.slice(column).search(/\S|$/);
      rest = words.slice(column);
    }
    const mark = /^([&!]\S*\s+)*/.exec(rest)[0].length;
    rest = rest.slice(mark);
    if (/^[|>]/.test(rest)) held = last().column;
    else if (/^["'{[]/.test(rest)) flow(words, column + mark);
    else over = /(^|\s)#/.test(rest);
  }

  function flow(words, at) {
    over = false;
    for (; at < words.length; at += 1) {
      const sign = words[at];
      const top = brackets[brackets.length - 1];
      if (quote) {
        if (sign === "\\" && quote === '"') at += 1;
        else if (sign === "'" && quote === "'" && words[at + 1] === "'") at += 1;
        else if (sign === quote) quote = "";
        if (!quote && !brackets.length) return void (over = true);
      } else if ((sign === '"' || sign === "'") && (top?.from ?? null) === null) {
        quote = sign;
        if (top) top.from = start + at;
      } else if (sign === "#" && (at === 0 || /\s/.test(words[at - 1]))) {
        return void (over = true);
      } else if (sign === "{" || sign === "[") {
        const path = inside(top ?? last());
        brackets.push({ kind: sign === "{" ? "map" : "list", path, item: 0, from: null });
      } else if (sign === "}" || sign === "]") {
        brackets.pop();
        if (!brackets.length) return void (over = true);
      } else if (sign === ",") {
        Object.assign(top, { item: top.item + 1, name: undefined, from: null });
      } else if (sign === ":" && top.kind === "map" && top.name === undefined && top.from !== null && ends(words, at)) {
        const word = text.slice(top.from, start + at).trimEnd();
        add(top.path, word, top.from);
        Object.assign(top, { name: bare(word), from: null });
      } else if (/\S/.test(sign) && top.from === null) {
        top.from = start + at;
      }
    }
  }

  for (const words of text.split("\n")) {
    line(words);
    start += words.length + 1;
  }

  function end() {
    const here = text.length;
    const top = brackets[brackets.length - 1];
    if (quote || over || held !== null) return null;
    if (top) return { path: top.kind === "map" && top.name === undefined ? top.path : inside(top), from: top.from ?? here, flow: true };
    const row = here - (text.lastIndexOf("\n") + 1);
    if (begun !== null) return begun < row || /\s$/.test(text) ? { path: inside(last()), from: here - row + begun } : null;
    return { path: enter("map").path, from: here - row + column, column };
  }

  return { keys: found, end };
}

const ends = (words, at) => /^:(\s|[,}\]]|$)/.test(words.slice(at, at + 2)) || /["']/.test(words[at - 1]);
const bare = (word) => (/^["']/.test(word) ? word.slice(1, -1) : word);
