import type { Extension } from "@codemirror/state";
import { Decoration, type DecorationSet, type EditorView, MatchDecorator, ViewPlugin } from "@codemirror/view";
import type { RuleLanguage } from "#contracts/language";

export type EditorLanguage = RuleLanguage | "playbook";

/**
 * Syntax colours for comments, strings, numbers and keywords. The meaning of the text is decided by the server's
 * parsers.
 */
const words: Readonly<Record<EditorLanguage, string>> = {
  eql: "where|and|or|not|in|like|regex|sequence|sample|by|with|maxspan|runs|until|true|false|null|any|head|tail",
  kql: "and|or|not|true|false",
  sigma: "and|or|not|of|them|all|true|false|null",
  playbook: "yes|no|true|false|and|or|not",
  tstats: "tstats|from|where|by|as|and|or|not|in|AND|OR|NOT|IN|count|min|max|values|summariesonly|fillnull_value",
};
const comments: Readonly<Record<EditorLanguage, string>> = {
  eql: String.raw`//[^\n]*`,
  kql: "(?!)",
  sigma: String.raw`(?<=^|\s)#[^\n]*`,
  playbook: String.raw`(?<=^|\s)#+ [^\n]*`,
  tstats: "```[^`]*```",
};
/** Sigma and playbooks: the key before a colon at the start of a line. */
const keys: Readonly<Record<EditorLanguage, string>> = {
  eql: "(?!)",
  kql: "(?!)",
  sigma: String.raw`(?<=^\s*(?:- )?)[\w|.-]+(?=:)`,
  playbook: String.raw`(?<=^\s*(?:- )?)[\w|.-][\w .-]*(?=:)`,
  tstats: "`[^`]*`",
};

const marks = {
  comment: Decoration.mark({ class: "cm-rule-comment" }),
  text: Decoration.mark({ class: "cm-rule-text" }),
  number: Decoration.mark({ class: "cm-rule-number" }),
  keyword: Decoration.mark({ class: "cm-rule-keyword" }),
} as const;

export function highlighting(language: EditorLanguage): Extension {
  const pattern = [
    `(?<comment>${comments[language]})`,
    String.raw`(?<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')`,
    `(?<key>${keys[language]})`,
    String.raw`(?<number>\b\d+(?:\.\d+)?(?:ms|[smhd])?\b)`,
    String.raw`(?<word>(?<![\w.])(?:${words[language]})(?![\w.]))`,
  ].join("|");
  const matcher = new MatchDecorator({
    regexp: new RegExp(pattern, "gm"),
    decoration: ({ groups }) =>
      groups?.["comment"] !== undefined
        ? marks.comment
        : groups?.["text"] !== undefined
          ? marks.text
          : groups?.["number"] !== undefined
            ? marks.number
            : marks.keyword,
  });
  return ViewPlugin.define(
    (view: EditorView) => ({
      decorations: matcher.createDeco(view) as DecorationSet,
      update(update) {
        this.decorations = matcher.updateDeco(update, this.decorations);
      },
    }),
    { decorations: (plugin) => plugin.decorations },
  );
}
