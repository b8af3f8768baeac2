import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { type Macro, macroKey } from "../languages/tstats/macros.ts";

/**
 * The macros of a `macros.conf`, the file in which Splunk itself keeps them: a stanza for each, named with the number
 * of its arguments where it has any. Other settings of a stanza (`iseval` aside) do not change what a macro expands to.
 */
export function parseMacrosConf(text: string): Result<readonly Macro[], Problem> {
  const macros: Macro[] = [];
  let open: { readonly name: string; readonly count: number; readonly line: number } | undefined;
  let settings = new Map<string, string>();
  let problem: Problem | undefined;
  const close = () => {
    const macro = open === undefined ? undefined : macroOf(open, settings);
    if (macro?.ok === false) {
      problem ??= macro.error;
    } else if (macro !== undefined) {
      macros.push(macro.value);
    }
    settings = new Map();
  };
  for (const { line, content } of logicalLines(text)) {
    const stanza = /^\[([^\]]*)\]\s*$/.exec(content)?.[1];
    if (stanza !== undefined) {
      close();
      const [, name = "", count = "0"] = /^\s*(\w+)\s*(?:\((\d+)\))?\s*$/.exec(stanza) ?? [];
      open = name === "" ? undefined : { name, count: Number(count), line };
      if (name === "" && stanza !== "default") {
        problem ??= confProblem(`"${stanza.slice(0, 100)}" is no name of a macro`, line);
      }
      continue;
    }
    const equals = content.indexOf("=");
    if (equals === -1) {
      problem ??= confProblem(`expected [name] or a setting, found "${content.slice(0, 100)}"`, line);
    } else {
      settings.set(content.slice(0, equals).trim(), content.slice(equals + 1).trim());
    }
  }
  close();
  return problem === undefined ? ok(macros) : fail(problem);
}

function macroOf(
  { name, count, line }: { readonly name: string; readonly count: number; readonly line: number },
  settings: ReadonlyMap<string, string>,
): Result<Macro, Problem> | undefined {
  const definition = settings.get("definition");
  if (definition === undefined || /^(?:1|true)$/i.test(settings.get("disabled") ?? "")) {
    return undefined;
  }
  if (/^(?:1|true)$/i.test(settings.get("iseval") ?? "")) {
    return fail(confProblem(`the macro ${name} is an eval expression, which is not supported`, line));
  }
  const args = (settings.get("args") ?? "")
    .split(",")
    .map((arg) => arg.trim())
    .filter((arg) => arg !== "");
  return args.length === count
    ? ok({ name, arguments: args, definition })
    : fail(confProblem(`[${macroKey(name, count)}] has ${args.length} args`, line));
}

/** Lines without comments; one that ends with a backslash goes on in the next. */
function* logicalLines(text: string): Generator<{ readonly line: number; readonly content: string }> {
  let content = "";
  let from: number | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (from === undefined && /^\s*(?:#|$)/.test(line)) {
      continue;
    }
    from ??= index + 1;
    if (line.endsWith("\\")) {
      content += `${line.slice(0, -1)}\n`;
      continue;
    }
    yield { line: from, content: content + line };
    content = "";
    from = undefined;
  }
  if (from !== undefined) {
    yield { line: from, content };
  }
}

function confProblem(message: string, line: number): Problem {
  return { code: "rule.schema", message, at: { line, column: 1 } };
}

/** Writes macros as stanzas that `parseMacrosConf` reads as the same; each definition is one line. */
export function printMacrosConf(macros: readonly Macro[]): string {
  return macros
    .map(({ name, arguments: args, definition }) => {
      const lines = [`[${macroKey(name, args.length)}]`, ...(args.length === 0 ? [] : [`args = ${args.join(", ")}`])];
      return `${[...lines, `definition = ${definition}`, "iseval = 0"].join("\n")}\n`;
    })
    .join("\n");
}
