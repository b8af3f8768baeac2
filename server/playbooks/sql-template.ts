import type { Fields } from "#contracts/event";
import { valuesOf } from "../event/event.ts";
import type { OsqueryQuery } from "./playbook.ts";
import { templatePieces } from "./template.ts";

export interface FilledSql {
  readonly label: string;
  readonly sql: string;
  /** Fields that the alert lacks; their templates stay in the text. */
  readonly missing: readonly string[];
}

/**
 * Fills the `{{field}}` templates of a query for a host with values of an alert, each as an SQL string: SQLite's
 * syntax, in which a quote is doubled and nothing else is special. Within quotes only the value is put in. A template
 * in a comment stays, because a value could end the comment. Of several values `in (…)` takes all, anything else the
 * first.
 */
export function fillSql({ label, sql }: OsqueryQuery, fields: Fields): FilledSql {
  const missing = new Set<string>();
  const notes = new Set<string>();
  let context: Context = "code";
  let filled = "";
  let before = "";
  for (const piece of templatePieces(sql)) {
    if (piece.kind === "text") {
      filled += piece.text;
      context = contextAfter(context, piece.text);
      before = piece.text;
      continue;
    }
    const values = valuesOf(fields, piece.name).map(String);
    const [first] = values;
    if (first === undefined) {
      missing.add(piece.name);
    }
    if (first === undefined || context === "line comment" || context === "block comment") {
      filled += piece.source;
      continue;
    }
    const isList = context === "code" && /\bin\s?\(\s?$/i.test(before.slice(-20));
    if (!isList && values.length > 1) {
      notes.add(`${piece.name} has ${values.length} values; the first is used`);
    }
    filled += isList ? values.map(literal).join(", ") : context === "code" ? literal(first) : inside(context, first);
    before = "";
  }
  // Within an open quote or comment a remark would become a part of it.
  const remarks = context === "code" || context === "line comment" ? [...notes].map((note) => `\n-- ${note}`) : [];
  return { label, sql: filled + remarks.join(""), missing: [...missing] };
}

type Context = "code" | "'" | '"' | "line comment" | "block comment";

const literal = (value: string): string => `'${inside("'", value)}'`;

function inside(quote: "'" | '"', value: string): string {
  return value.replaceAll("\0", "").replaceAll(quote, quote + quote);
}

/** Where the text ends: within quotes, in a comment, or in neither. */
function contextAfter(start: Context, text: string): Context {
  let context = start;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    const pair = text.slice(at, at + 2);
    if (context === "code") {
      if (character === "'" || character === '"') {
        context = character;
      } else if (pair === "--" || pair === "/*") {
        context = pair === "--" ? "line comment" : "block comment";
        at += 1;
      }
    } else if (context === "line comment") {
      context = character === "\n" ? "code" : context;
    } else if (context === "block comment") {
      context = pair === "*/" ? "code" : context;
      at += pair === "*/" ? 1 : 0;
    } else if (character === context) {
      // A doubled quote ends the text and begins it again.
      context = "code";
    }
  }
  return context;
}
