import { processesModel } from "../../data-model.ts";
import { unsupported } from "../source.ts";

/** What a name stands for behind tstats, where each row is a group of events. */
export type Variable =
  /** A by-field, which all events of the row share. */
  | { readonly kind: "field"; readonly field: string }
  /** A number over the events of the row: see `countOf`. */
  | { readonly kind: "count"; readonly name: string }
  | { readonly kind: "length"; readonly field: string }
  /** Has a value exactly where the pattern is found in the field. */
  | { readonly kind: "capture"; readonly field: string; readonly pattern: string }
  /** Something that cannot be asked for, and why. */
  | { readonly kind: "other"; readonly why: string };

/** The names of a row, as the commands of a search change them one after the other. */
export type Row = ReadonlyMap<string, Variable>;

/** How a condition over rows names a number over their events; no field is named like this. */
export function countOf(field: string | undefined): string {
  return field === undefined ? "count()" : `dc(${field})`;
}

/** What such a name counts: `field` undefined are the events themselves. */
export function countedBy(name: string): { readonly field: string | undefined } | undefined {
  const [, distinct] = /^dc\((.*)\)$/.exec(name) ?? [];
  return name === "count()" ? { field: undefined } : distinct === undefined ? undefined : { field: distinct };
}

/** The variable of a name; throws where there is none, or where it cannot be asked for. */
export function variableOf(row: Row, name: string, at: number): Exclude<Variable, { readonly kind: "other" }> {
  const found = row.get(name);
  if (found === undefined || found.kind === "other") {
    const why = found?.why ?? "no by-field and no count of the search has this name";
    throw unsupported(`${name} cannot be asked for: ${why}`, at);
  }
  return found;
}

export function shortName(name: string): string {
  return name.replace(/^(?:Endpoint\.)?Processes\./i, "");
}

/** The ECS field of a field of the data model. */
export function resolve(name: string, at: number): string {
  const field = processesModel.get(shortName(name).toLowerCase());
  if (field === undefined) {
    throw unsupported(`the field ${name} of the data model has no counterpart in ECS`, at);
  }
  return field;
}

/** Names that stand from here on for something that cannot be asked for. */
export function withUnknown(row: Row, names: readonly string[], why: string): Row {
  return new Map([...row, ...names.map((name) => [name, { kind: "other", why } as const] as const)]);
}

/** What is renamed takes the place of what had the name before. */
export function renamed(row: Row, rename: (name: string) => string): Row {
  const moved = [...row].map(([name, variable]) => [rename(name), variable, rename(name) !== name] as const);
  return new Map(
    [...moved.filter(([, , isNew]) => !isNew), ...moved.filter(([, , isNew]) => isNew)].map(([name, variable]) => [
      name,
      variable,
    ]),
  );
}
