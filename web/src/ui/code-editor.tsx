import { autocompletion, type CompletionContext, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, type Extension, type Text } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import type { Problem } from "#contracts/problem";
import { editorTheme } from "./editor-theme.ts";
import { type EditorLanguage, highlighting } from "./highlight.ts";

/** Completions rendered at a time; arrow keys reach the others. */
const mostOptions = 12;

/**
 * The text of a rule or a playbook with the problems found by the server's parsers. Escape followed by Tab leaves the
 * editor, and Tab never indents, so keyboard users are not trapped.
 */
export function CodeEditor({
  label,
  language,
  value,
  onChange,
  onRun,
  problems,
  warnings,
  fields,
}: {
  readonly label: string;
  readonly language: EditorLanguage;
  readonly value: string;
  readonly onChange: (text: string) => void;
  /** Ctrl Enter. */
  readonly onRun?: () => void;
  readonly problems: readonly Problem[];
  /** What is wrong without making the text invalid. */
  readonly warnings: readonly Problem[];
  /** Field names offered as completions. */
  readonly fields: readonly string[];
}) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef({ onChange, onRun, fields });
  latest.current = { onChange, onRun, fields };
  const coloured = useRef(new Compartment());

  // biome-ignore lint/correctness/useExhaustiveDependencies: created once; changes are dispatched below.
  useEffect(() => {
    if (host.current === null) {
      return undefined;
    }
    const editor = createEditor(host.current, {
      label,
      value,
      coloured: coloured.current.of(highlighting(language)),
      latest,
    });
    view.current = editor;
    return () => editor.destroy();
  }, []);

  useEffect(() => {
    view.current?.dispatch({ effects: coloured.current.reconfigure(highlighting(language)) });
  }, [language]);

  useEffect(() => {
    const editor = view.current;
    if (editor !== undefined && editor.state.doc.toString() !== value) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
    }
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    editor?.dispatch(
      setDiagnostics(editor.state, [
        ...problems.map((problem) => diagnosticOf(problem, "error", editor.state.doc)),
        ...warnings.map((warning) => diagnosticOf(warning, "warning", editor.state.doc)),
      ]),
    );
  }, [problems, warnings]);

  return <div ref={host} />;
}

interface Callbacks {
  readonly onChange: (text: string) => void;
  readonly onRun?: (() => void) | undefined;
  readonly fields: readonly string[];
}

function createEditor(
  parent: HTMLElement,
  {
    label,
    value,
    coloured,
    latest,
  }: {
    readonly label: string;
    readonly value: string;
    readonly coloured: Extension;
    /** The callbacks of the latest render. */
    readonly latest: { readonly current: Callbacks };
  },
): EditorView {
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: value,
      extensions: [
        EditorView.cspNonce.of(document.querySelector<HTMLMetaElement>("meta[name=csp-nonce]")?.content ?? ""),
        lineNumbers(),
        history(),
        bracketMatching(),
        lintGutter(),
        autocompletion({
          override: [(context) => fieldsBefore(context, latest.current.fields)],
          icons: false,
          maxRenderedOptions: mostOptions,
        }),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
        editorTheme,
        coloured,
        keymap.of([
          {
            key: "Mod-Enter",
            run: () => {
              latest.current.onRun?.();
              return latest.current.onRun !== undefined;
            },
          },
          ...completionKeymap,
          ...defaultKeymap,
          ...historyKeymap,
        ]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) {
            latest.current.onChange(update.state.doc.toString());
          }
        }),
      ],
    }),
  });
}

/** The word at a problem's location; a problem without one marks the first line. */
function diagnosticOf({ message, at, remedy }: Problem, severity: Diagnostic["severity"], text: Text): Diagnostic {
  const line = text.line(Math.min(Math.max(at?.line ?? 1, 1), text.lines));
  const from = Math.min(line.from + Math.max((at?.column ?? 1) - 1, 0), line.to);
  const [word = ""] = /^[\w.-]+|^\S/.exec(text.sliceString(from, line.to)) ?? [];
  return {
    from: word === "" ? Math.max(line.from, from - 1) : from,
    to: from + Math.max(word.length, at?.column === undefined ? line.to - from : 0),
    severity,
    message: remedy === undefined ? message : `${message}. ${remedy}`,
  };
}

function fieldsBefore(context: CompletionContext, fields: readonly string[]) {
  const word = context.matchBefore(/[\w.@]+/);
  return word === null || (word.text.length < 2 && !context.explicit)
    ? null
    : { from: word.from, options: fields.map((label) => ({ label, type: "property" })), validFor: /^[\w.@]*$/ };
}
