import { processesModel } from "../../data-model.ts";
import { unsupported } from "../source.ts";

/** What a name refers to in the commands after tstats, where each row is a group of events. See docs/decisions/0026. */
export type Variable =
  /** A by-field: all events of the row have the same value. */
  | { readonly kind: "field"; readonly field: string }
  /** A count over the events of the row: see `countName`. */
  | { readonly kind: "count"; readonly name: string }
  | { readonly kind: "length"; readonly field: string }
  /** Has a value exactly where the pattern matches the field. */
  | { readonly kind: "capture"; readonly field: string; readonly pattern: string }
  /** A value that cannot be tested, and why. */
  | { readonly kind: "other"; readonly reason: string };

/** The variables of a row, which the commands of a search change in turn. */
export type Row = ReadonlyMap<string, Variable>;

/** The name of a count in a condition over rows, of events or of different values; no field has such a name. */
export function countName(field: string | undefined): string {
  return field === undefined ? "count()" : `dc(${field})`;
}

/** What a count counts: events where `field` is undefined. `undefined` for the name of a field. */
export function countedBy(name: string): { readonly field: string | undefined } | undefined {
  const [, distinct] = /^dc\((.*)\)$/.exec(name) ?? [];
  return name === "count()" ? { field: undefined } : distinct === undefined ? undefined : { field: distinct };
}

/** The variable with a name; throws where there is none, or where it cannot be tested. */
export function variableOf(row: Row, name: string, at: number): Exclude<Variable, { readonly kind: "other" }> {
  const variable = row.get(name);
  if (variable === undefined || variable.kind === "other") {
    const reason = variable?.reason ?? "no by-field and no count of the search has this name";
    throw unsupported(`${name} cannot be tested: ${reason}`, at);
  }
  return variable;
}

export function shortName(name: string): string {
  return name.replace(/^(?:Endpoint\.)?Processes\./i, "");
}

/** The ECS field for a field of the data model. */
export function resolve(name: string, at: number): string {
  const field = processesModel.get(shortName(name).toLowerCase());
  if (field === undefined) {
    throw unsupported(`the field ${name} of the data model has no counterpart in ECS`, at);
  }
  return field;
}

/** The row after a command that gives names a value that cannot be tested. */
export function withUntestable(row: Row, names: readonly string[], reason: string): Row {
  return new Map([...row, ...names.map((name): [string, Variable] => [name, { kind: "other", reason }])]);
}

/** Renames variables; a renamed variable replaces one that had the name before. */
export function renameVariables(row: Row, rename: (name: string) => string): Row {
  const all = [...row].map(([name, variable]) => ({ name: rename(name), variable, isNew: rename(name) !== name }));
  const ordered = [...all.filter(({ isNew }) => !isNew), ...all.filter(({ isNew }) => isNew)];
  return new Map(ordered.map(({ name, variable }) => [name, variable]));
}
