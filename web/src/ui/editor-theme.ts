import { EditorView } from "@codemirror/view";

/** The editor's colours; the variables follow the theme. */
export const editorTheme = EditorView.theme({
  "&": {
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius)",
    backgroundColor: "var(--surface)",
    color: "var(--text)",
    fontSize: "12.5px",
  },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "1px" },
  ".cm-scroller": {
    fontFamily: "var(--font-code)",
    fontVariantLigatures: "none",
    maxHeight: "60vh",
  },
  ".cm-content, .cm-gutter": { minHeight: "220px" },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--surface-sunken)", color: "var(--text-faint)", border: "none" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, ::selection": {
    backgroundColor: "var(--surface-selected)",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--surface-raised)",
    color: "var(--text)",
    border: "1px solid var(--line-strong)",
  },
  // All rendered options are visible, because keyboard users cannot scroll the list.
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { maxHeight: "none", overflow: "hidden" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--surface-selected)", color: "var(--text)" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--high)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--match)" },
  ".cm-rule-keyword": { color: "var(--accent)", fontWeight: "600" },
  ".cm-rule-text": { color: "var(--good)" },
  ".cm-rule-number": { color: "var(--medium)" },
  ".cm-rule-comment": { color: "var(--text-faint)", fontStyle: "italic" },
});
