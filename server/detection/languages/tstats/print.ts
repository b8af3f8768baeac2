import { fieldsOf } from "../../../condition/fields.ts";
import { always, type Condition, type Test } from "../../../condition/tree.ts";
import { processesModel } from "../../data-model.ts";
import type { RowFilter } from "./commands.ts";
import { evalNameOf } from "./eval-functions.ts";
import { comparedFields } from "./requirements.ts";
import { countedBy } from "./row.ts";
import type { TstatsQuery } from "./tstats.ts";

const names: ReadonlyMap<string, string> = new Map(
  [...processesModel]
    .filter(([name]) => name !== "host" && !name.endsWith("_exec"))
    .map(([name, field]) => [field, name]),
);

/** The name of a field; `undefined` without one. */
type Naming = (field: string) => string | undefined;

const inDataModel: Naming = (field) => {
  const name = names.get(field);
  return name === undefined ? undefined : `Processes.${name}`;
};

/** Prints a whole search, which parses to an equal query; `undefined` where Splunk has no form for it. */
export function printTstats({ where, filters: tail, by, fill, span: slot }: TstatsQuery): string | undefined {
  const counted = [...new Set(tail.flatMap(({ condition }) => fieldsOf(condition)))].flatMap((name) => {
    const count = countedBy(name);
    return count === undefined ? [] : [{ name, ...count }];
  });
  const aggregates = counted.map(({ field }) =>
    field === undefined ? "count" : `dc(${inDataModel(field)}) as ${distinctName(field)}`,
  );
  const filters = tail.map((filter) => printFilter(filter, by));
  const condition = where === always ? "" : printSpl(where);
  if (condition === undefined || filters.some((text) => text === undefined)) {
    return undefined;
  }
  const parts = [
    "| tstats",
    ...(fill === undefined ? [] : [`fillnull_value=${quote(fill)}`]),
    ...(aggregates.length === 0 ? ["count"] : aggregates),
    "from datamodel=Endpoint.Processes",
    ...(condition === "" ? [] : [`where ${condition}`]),
    ...(by.length === 0 ? [] : ["by", ...by.map(({ name }) => (name === "_time" ? name : `Processes.${name}`))]),
    ...(slot === undefined ? [] : [`span=${slot / 1000}s`]),
    ...(filters.length === 0 ? [] : ["| `drop_dm_object_name(Processes)`", ...filters]),
  ];
  return parts.join(" ");
}

/** Prints a filter after tstats, with names without the data model; `undefined` where Splunk has no form for it. */
export function printFilter({ command, condition }: RowFilter, by: TstatsQuery["by"]): string | undefined {
  const nameOf: Naming = (field) => {
    const count = countedBy(field);
    return count === undefined
      ? by.find((one) => one.field === field)?.name
      : count.field === undefined
        ? "count"
        : distinctName(count.field);
  };
  const text = command === "search" ? printSpl(condition, nameOf) : printExpression(condition, nameOf);
  return text === undefined ? undefined : `| ${command} ${text}`;
}

function distinctName(field: string): string {
  return `dc_${names.get(field)}`;
}

/**
 * Prints a condition as the `where` of a search over Endpoint.Processes; `undefined` where Splunk has no form for it.
 */
export function printSpl(condition: Condition, nameOf: Naming = inDataModel): string | undefined {
  const join = (terms: readonly Condition[], separator: string, bracketed: readonly Condition["kind"][]) =>
    joined(terms, separator, bracketed, (term) => printSpl(term, nameOf));
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
      const name = condition.operand.kind === "field" ? nameOf(condition.operand.name) : undefined;
      return name === undefined ? undefined : printTest(name, condition.test);
    }
  }
}

/** Prints a condition as an expression of the command `where`. */
function printExpression(condition: Condition, nameOf: Naming): string | undefined {
  const join = (terms: readonly Condition[], separator: string, bracketed: readonly Condition["kind"][]) =>
    joined(terms, separator, bracketed, (term) => printExpression(term, nameOf));
  switch (condition.kind) {
    case "constant":
    case "nested":
      return undefined;
    case "and":
      return join(condition.terms, " AND ", ["and", "or"]);
    case "or":
      return join(condition.terms, " OR ", ["or"]);
    case "not": {
      const term = join([condition.term], "", ["and", "or"]);
      return term === undefined ? undefined : `NOT ${term}`;
    }
    case "compare": {
      const { operand, test } = condition;
      const [left, right] = comparedFields(operand)?.map(nameOf) ?? [];
      if (left !== undefined && right !== undefined) {
        return `${left} = ${right}`;
      }
      const field = operand.kind === "call" ? operand.args[0] : operand;
      const name = field?.kind === "field" ? nameOf(field.name) : undefined;
      return name === undefined
        ? undefined
        : printEvalTest(operand.kind === "call" ? `${evalNameOf(operand.name)}(${name})` : name, test);
    }
  }
}

function printEvalTest(name: string, test: Test): string | undefined {
  switch (test.kind) {
    case "equals": {
      const values = test.values.map((value) => (typeof value === "number" ? String(value) : quote(String(value))));
      return values.length === 1 ? `${name} = ${values[0]}` : `${name} IN (${values.join(", ")})`;
    }
    case "order":
      return `${name} ${test.operator} ${test.value}`;
    case "present":
      return `isnotnull(${name})`;
    case "regex":
      return `match(${name}, ${quote(test.patterns[0] ?? "")})`;
    case "wildcard": {
      const pattern = (test.patterns[0] ?? "").replace(
        /\\(.)|[*?]/gs,
        (mark, literal?: string) => literal ?? (mark === "*" ? "%" : "_"),
      );
      return `like(${name}, ${quote(pattern)})`;
    }
    case "words":
    case "cidr":
      return undefined;
  }
}

function joined(
  terms: readonly Condition[],
  separator: string,
  bracketed: readonly Condition["kind"][],
  print: (term: Condition) => string | undefined,
): string | undefined {
  const texts = terms.map((term) => {
    const text = print(term);
    return text !== undefined && bracketed.includes(term.kind) ? `(${text})` : text;
  });
  return texts.every((text) => text !== undefined) ? texts.join(separator) : undefined;
}

function printTest(name: string, test: Test): string | undefined {
  switch (test.kind) {
    case "wildcard": {
      const [first, ...more] = test.patterns.map(quote);
      if (test.single || test.escape || !test.caseInsensitive || first === undefined) {
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
