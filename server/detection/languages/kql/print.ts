import type { Scalar } from "#contracts/event";
import type { Condition, Operand, Test } from "../../../condition/tree.ts";
import { assertNever } from "../../../lib/result.ts";
import { isAddress, isFullText } from "./field-types.ts";

/** Prints a condition as KQL; `undefined` where KQL has no form for it (functions, regular expressions, `?`). */
export function printKql(condition: Condition, path = ""): string | undefined {
  switch (condition.kind) {
    case "constant":
      return condition.value === true ? "*" : condition.value === false ? "not *" : undefined;
    case "and":
      return join(condition.terms, " and ", ["or"], path);
    case "or":
      return join(condition.terms, " or ", ["and"], path);
    case "not": {
      const term = join([condition.term], "", ["and", "or", "not"], path);
      return term === undefined ? undefined : `not ${term}`;
    }
    case "nested": {
      const term = printKql(condition.term, `${condition.path}.`);
      return term === undefined ? undefined : `${printName(condition.path.slice(path.length))}:{ ${term} }`;
    }
    case "compare":
      return condition.absent === "unknown" ? undefined : printCompare(condition.operand, condition.test, path);
    default:
      return assertNever(condition);
  }
}

function join(
  terms: readonly Condition[],
  separator: string,
  bracketed: readonly Condition["kind"][],
  path: string,
): string | undefined {
  const texts = terms.map((term) => {
    const text = printKql(term, path);
    return text !== undefined && bracketed.includes(term.kind) ? `(${text})` : text;
  });
  return texts.length > 0 && texts.every((text) => text !== undefined) ? texts.join(separator) : undefined;
}

function printCompare(operand: Operand, test: Test, path: string): string | undefined {
  if (operand.kind === "fields") {
    if (operand.pattern === "*" && test.kind === "words") {
      return test.phrases.map(printPattern).join(" or ");
    }
    const name = operand.pattern.slice(path.length).split("*").map(escapeUnquoted).join("*");
    return name.includes("*") ? printTest(name, test) : undefined;
  }
  if (operand.kind !== "field" || operand.optional || !operand.name.startsWith(path)) {
    return undefined;
  }
  const fieldName = operand.name;
  const isText = isFullText(fieldName) && test.kind !== "words" && test.kind !== "present";
  if (isText || /\.(?:caseless|text)$/.test(fieldName) || (test.kind === "cidr" && !isAddress(fieldName))) {
    return undefined;
  }
  const isCaseInsensitive = (test.kind === "equals" || test.kind === "wildcard") && test.caseInsensitive;
  const words = test.kind === "words" && !isFullText(operand.name);
  const name = printName(operand.name.slice(path.length));
  return printTest(
    isCaseInsensitive || words
      ? withVariant(operand.name.slice(path.length), isCaseInsensitive ? "caseless" : "text")
      : name,
    test,
  );
}

function withVariant(name: string, variant: string): string {
  return printName(`${name}.${variant}`);
}

function printTest(name: string, test: Test): string | undefined {
  switch (test.kind) {
    case "present":
      return `${name}:*`;
    case "equals":
      return printList(name, test.values.map(printValue));
    case "wildcard":
      return test.single || !test.escape ? undefined : printList(name, test.patterns.map(printPattern));
    case "words":
      return printList(name, test.phrases.map(printPattern));
    case "cidr":
      return printList(name, test.networks.map(quote));
    case "order":
      return `${name} ${test.operator} ${printValue(test.value)}`;
    case "regex":
      return undefined;
    default:
      return assertNever(test);
  }
}

function printList(name: string, values: readonly string[]): string | undefined {
  const [first] = values;
  return first === undefined ? undefined : `${name}:${values.length === 1 ? first : `(${values.join(" or ")})`}`;
}

function printValue(value: Scalar): string {
  return typeof value === "string" ? quote(value) : String(value);
}

/** Prints a pattern with `\` as escape: quoted without a star, else with the escapes of KQL. */
function printPattern(pattern: string): string {
  const parts: string[] = [];
  let escaped = false;
  for (const character of pattern) {
    if (!escaped && character === "\\") {
      escaped = true;
      continue;
    }
    parts.push(!escaped && character === "*" ? "*" : character === "*" ? "\\*" : character);
    escaped = false;
  }
  return parts.includes("*")
    ? parts.map((part) => (part === "*" || part === "\\*" ? part : escapeUnquoted(part))).join("")
    : quote(parts.map((part) => (part === "\\*" ? "*" : part)).join(""));
}

function printName(name: string): string {
  return /^[\p{L}_@][\p{L}\p{N}_@.-]*$/u.test(name) && !/^(?:and|or|not)$/i.test(name) ? name : quote(name);
}

/** Escapes white space too: at the ends of a value it would be lost, and within it a keyword could follow. */
function escapeUnquoted(text: string): string {
  return text.replace(/[\\():<>"*{}\s]/g, (character) =>
    /\s/.test(character) ? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}` : `\\${character}`,
  );
}

function quote(text: string): string {
  const inner = text.replace(/[\\"]/g, "\\$&").replace(/[\t\r\n]/g, (white) => {
    return white === "\t" ? "\\t" : white === "\r" ? "\\r" : "\\n";
  });
  return `"${inner}"`;
}
