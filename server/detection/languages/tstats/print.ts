import type { Condition, Test } from "../../../condition/tree.ts";
import { processesModel } from "../../data-model.ts";

const names: ReadonlyMap<string, string> = new Map(
  [...processesModel]
    .filter(([name]) => name !== "host" && !name.endsWith("_exec"))
    .map(([name, field]) => [field, name]),
);

/** A condition as the `where` of a search over Endpoint.Processes; `undefined` where Splunk cannot say it. */
export function printSpl(condition: Condition): string | undefined {
  switch (condition.kind) {
    case "constant":
    case "nested":
      return undefined;
    case "and":
      return join(condition.terms, " ", ["and"]);
    case "or":
      return join(condition.terms, " OR ", ["and", "or"]);
    case "not": {
      const term = join([condition.term], "", ["and", "or"]);
      return term === undefined ? undefined : `NOT ${term}`;
    }
    case "compare": {
      const name = condition.operand.kind === "field" ? names.get(condition.operand.name) : undefined;
      return name === undefined ? undefined : printTest(`Processes.${name}`, condition.test);
    }
  }
}

function join(
  terms: readonly Condition[],
  separator: string,
  bracketed: readonly Condition["kind"][],
): string | undefined {
  const texts = terms.map((term) => {
    const text = printSpl(term);
    return text !== undefined && bracketed.includes(term.kind) ? `(${text})` : text;
  });
  return texts.every((text) => text !== undefined) ? texts.join(separator) : undefined;
}

function printTest(name: string, test: Test): string | undefined {
  switch (test.kind) {
    case "wildcard": {
      const [first, ...more] = test.patterns.map(quote);
      if (test.single || test.escape || !test.fold || first === undefined) {
        return undefined;
      }
      return more.length === 0 ? `${name}=${first}` : `${name} IN (${[first, ...more].join(", ")})`;
    }
    case "order":
      return typeof test.value === "number" ? `${name}${test.operator}${test.value}` : undefined;
    case "present":
      return `${name}="*"`;
    case "equals":
    case "regex":
    case "words":
    case "cidr":
      return undefined;
  }
}

function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}
