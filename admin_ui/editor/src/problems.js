// The server's messages at their lines. They are read from the list beside the text, so both always say the same.

const WORD = /^(?:"[^"]*"|'[^']*'|[^\s,:{}[\]]+)/;

export function diagnostics(list, doc) {
  return Array.from(list.querySelectorAll("[data-problem]"), (item) => {
    const { line, column } = item.querySelector("[data-line]").dataset;
    const [from, to] = span(doc.line(Math.max(1, Math.min(Number(line), doc.lines))), Number(column));
    const parts = Array.from(item.querySelectorAll("[data-part]"), (part) => part.textContent);
    return { from, to, severity: item.dataset.problem, message: parts.join("\n") };
  }).sort((one, other) => one.from - other.from);
}

/** From the column, which counts characters from 1, to the end of the word there; never empty on a line with text. */
export function span(line, column) {
  const before = Array.from(line.text).slice(0, column - 1).join("").length;
  const word = WORD.exec(line.text.slice(before))?.[0] ?? line.text.slice(before).trimEnd();
  const from = line.from + (word ? before : line.text.search(/\S|$/));
  return [from, word ? from + word.length : line.to];
}
