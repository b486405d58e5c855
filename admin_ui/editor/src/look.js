// The console's own tokens, so light and dark need no second theme.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const words = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: "var(--color-accent)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--color-success)" },
  { tag: [tags.labelName, tags.typeName, tags.keyword, tags.meta], color: "var(--color-warning)" },
  { tag: [tags.comment, tags.punctuation, tags.separator], color: "var(--color-muted)" },
]);

const frame = EditorView.theme({
  "&": { blockSize: "44rem", minBlockSize: "12rem", maxBlockSize: "90vh", overflow: "hidden", resize: "vertical", border: "1px solid var(--color-border)", borderRadius: "var(--radius-small)", backgroundColor: "var(--color-surface)", color: "var(--color-text)", fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "none", boxShadow: "var(--focus-ring)" },
  ".cm-scroller": { fontFamily: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--color-text)", paddingBlock: "var(--space-2)" },
  ".cm-content:focus-visible": { boxShadow: "none" },
  ".cm-gutters": { backgroundColor: "var(--color-sunken)", color: "var(--color-muted)", borderInlineEnd: "1px solid var(--color-line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--color-tint) 60%, transparent)" },
  ".cm-activeLineGutter": { color: "var(--color-text)" },
  ".cm-selectionMatch": { backgroundColor: "var(--color-tint)" },
  ".cm-searchMatch": { backgroundColor: "var(--color-warning-tint)", outline: "1px solid var(--color-warning)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--color-warning-tint)", outline: "2px solid var(--color-warning)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--color-tint)", outline: "1px solid var(--color-border)" },
  ".cm-panels": { backgroundColor: "var(--color-sunken)", color: "var(--color-text)", fontFamily: "var(--font)" },
  ".cm-panels.cm-panels-top": { borderBlockEnd: "1px solid var(--color-line)" },
  ".cm-panels.cm-panels-bottom": { borderBlockStart: "1px solid var(--color-line)" },
  ".cm-panel.cm-search": { display: "flex", flexWrap: "wrap", gap: "var(--space-2)", alignItems: "center", padding: "var(--space-2) 2.75rem var(--space-2) var(--space-2)", fontSize: "var(--text-small)" },
  ".cm-panel.cm-search br": { flexBasis: "100%", content: "''" },
  ".cm-panel.cm-search input, .cm-panel.cm-search button, .cm-panel.cm-search label": { margin: "0", fontSize: "var(--text-small)" },
  ".cm-panel.cm-search label": { display: "inline-flex", gap: "var(--space-1)", alignItems: "center", minBlockSize: "2rem" },
  ".cm-textfield": { inlineSize: "12rem", minBlockSize: "2.25rem", padding: "0 var(--space-2)", border: "1px solid var(--color-border)", borderRadius: "var(--radius-small)", backgroundColor: "var(--color-surface)", color: "var(--color-text)" },
  ".cm-button, .cm-panel.cm-search [name=close]": { minBlockSize: "2.25rem", minInlineSize: "2.25rem", padding: "0 var(--space-3)", border: "1px solid var(--color-border)", borderRadius: "var(--radius-small)", backgroundColor: "var(--color-surface)", backgroundImage: "none", color: "var(--color-text)", cursor: "pointer" },
  ".cm-button:active": { backgroundImage: "none" },
  ".cm-panel.cm-search [name=close]": { position: "absolute", insetBlockStart: "var(--space-2)", insetInline: "auto var(--space-2)", padding: "0" },
  ".cm-tooltip": { zIndex: "20", border: "1px solid var(--color-border)", borderRadius: "var(--radius-small)", backgroundColor: "var(--color-surface)", color: "var(--color-text)", boxShadow: "var(--shadow)", fontSize: "var(--text-small)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "inherit", maxBlockSize: "14rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "var(--space-1) var(--space-2)", lineHeight: "1.5" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--color-tint)", color: "var(--color-accent)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionDetail": { color: "var(--color-muted)" },
  ".cm-tooltip.cm-completionInfo": { padding: "0", maxInlineSize: "20rem" },
  ".cm-explained": { display: "grid", gap: "var(--space-1)", maxInlineSize: "24rem", padding: "var(--space-2) var(--space-3)", fontFamily: "var(--font)", overflowWrap: "anywhere" },
  ".cm-explained p + p": { color: "var(--color-muted)" },
  ".cm-diagnostic": { maxInlineSize: "26rem", padding: "var(--space-2) var(--space-3)", fontFamily: "var(--font)", overflowWrap: "anywhere", whiteSpace: "pre-line" },
  ".cm-diagnostic-error": { borderInlineStart: "4px solid var(--color-danger)" },
  ".cm-diagnostic-warning": { borderInlineStart: "4px solid var(--color-warning)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--color-danger) 1px", textUnderlineOffset: "3px", textDecorationSkipInk: "none" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--color-warning) 1px", textUnderlineOffset: "3px", textDecorationSkipInk: "none" },
  ".cm-lint-marker": { inlineSize: "0.75em", blockSize: "0.75em", borderRadius: "50%", marginBlockStart: "0.35em" },
  ".cm-lint-marker-error": { content: "none", backgroundColor: "var(--color-danger)" },
  ".cm-lint-marker-warning": { content: "none", backgroundColor: "var(--color-warning)", borderRadius: "1px", transform: "rotate(45deg)" },
});

export const look = [frame, syntaxHighlighting(words)];
