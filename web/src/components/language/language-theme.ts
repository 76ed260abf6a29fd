/** How what a language server says looks in an editor; colours are those of the page. */
import { EditorView } from "@codemirror/view";

const wave = (color: string) => ({
  backgroundImage: "none",
  textDecoration: `underline wavy ${color} 1px`,
  textUnderlineOffset: "3px",
  textDecorationSkipInk: "none",
});

export const languageTheme = EditorView.theme({
  ".cm-lintRange": { paddingBottom: "0" },
  ".cm-lintRange-error": wave("var(--fail)"),
  ".cm-lintRange-warning": wave("var(--wait)"),
  ".cm-lintRange-info": wave("var(--lake-line)"),
  ".cm-lintRange-hint": { backgroundImage: "none" },
  ".cm-lintRange-active": { backgroundColor: "var(--code-match)" },
  // Paler, and still readable: everything in it has one colour.
  ".cm-lsp-unnecessary, .cm-lsp-unnecessary span": { color: "var(--text-3)" },
  ".cm-lsp-deprecated": { textDecoration: "line-through" },
  ".cm-tooltip-lint": { padding: "0", margin: "0" },
  ".cm-diagnostic": {
    padding: "6px 12px",
    borderLeft: "3px solid var(--line-strong)",
    fontFamily: "var(--sans)",
    fontSize: "var(--size-m)",
    maxWidth: "72ch",
  },
  ".cm-diagnostic-error": { borderLeftColor: "var(--fail)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--wait)" },
  ".cm-diagnostic-info": { borderLeftColor: "var(--lake-line)" },
  ".cm-diagnosticSource": { color: "var(--text-3)", fontSize: "var(--size-xs)", opacity: "1" },
  ".cm-diagnosticAction": {
    margin: "2px 0 0 10px",
    padding: "1px 8px",
    border: "1px solid var(--line-strong)",
    borderRadius: "5px",
    backgroundColor: "var(--raised)",
    color: "var(--text)",
    font: "inherit",
    fontSize: "var(--size-s)",
    cursor: "pointer",
  },
  ".cm-diagnosticAction:hover": { backgroundColor: "var(--hover)" },
  ".cm-bulb-gutter": { width: "16px" },
  ".cm-bulb": { display: "grid", placeItems: "center", height: "100%", cursor: "pointer" },
  ".cm-bulb svg": {
    width: "13px",
    height: "13px",
    fill: "none",
    stroke: "var(--wait)",
    strokeWidth: "2.2",
    strokeLinecap: "round",
    strokeLinejoin: "round",
  },
  ".cm-tooltip.cm-completionInfo": { padding: "0", maxWidth: "52ch" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "var(--mono)",
    fontSize: "var(--size-s)",
    maxHeight: "16em",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 10px 3px 4px" },
  ".cm-completionDetail": { color: "var(--text-3)", fontStyle: "normal", marginLeft: "1.5em" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700", color: "var(--lake)" },
});
