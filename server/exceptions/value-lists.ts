import { createHash, hash } from "node:crypto";
import type { Actor } from "#contracts/actor";
import type { RequestProblem } from "#contracts/problem";
import {
  type ChangedValueList,
  mostListValues,
  type NewValueList,
  type ValueList,
  type ValueListChange,
  type ValueListDetail,
  type ValueListQuery,
} from "#contracts/value-list";
import { parseNetwork } from "../condition/address.ts";
import { foldCase } from "../condition/fold-case.ts";
import { listsOf } from "../exception/lists.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store, StoreTransaction } from "../store/port.ts";

/** Values of one stored part. */
const perPart = 20_000;
/** Patterns are tested one by one. */
const mostWildcards = 10_000;
/** All lists are read at once. */
const mostLists = 500;

interface By {
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A list with the first of its values that match a search, and the exceptions that refer to it. */
export async function valueListDetailOf(
  { valueLists, exceptions }: Pick<Store, "valueLists" | "exceptions">,
  id: string,
  { search = "", limit }: ValueListQuery,
): Promise<Result<ValueListDetail, RequestProblem>> {
  const list = await valueLists.get(id);
  if (list === undefined) {
    return fail(unknown(id));
  }
  const folded = foldCase(search);
  const values = await valueLists.values(id);
  const matching = folded === "" ? values : values.filter((value) => foldCase(value).includes(folded));
  return ok({
    list,
    values: matching.slice(0, limit),
    matching: matching.length,
    usedBy: await usersOf(exceptions, id),
  });
}

/**
 * Creates a list. Its values are text: the same value is kept once. Problems: `value-list.name-taken`,
 * `value-list.too-many`, `value-list.invalid-value`, `value-list.too-large`.
 */
export function createValueList(
  store: Pick<Store, "write">,
  { values: given, ...request }: NewValueList,
  { actor, at, newId }: By & { readonly newId: () => string },
): Promise<Result<ChangedValueList, RequestProblem>> {
  return store.write(async (transaction): Promise<Result<ChangedValueList, RequestProblem>> => {
    const others = await transaction.valueLists.all();
    if (others.length >= mostLists) {
      const message = `There are ${others.length} value lists already`;
      return fail({ code: "value-list.too-many", message, remedy: "Delete those that no exception refers to." });
    }
    if (others.some(({ name }) => foldCase(name) === foldCase(request.name))) {
      const message = `There is a value list with the name ${request.name}`;
      return fail({ code: "value-list.name-taken", message, at: { field: "name" }, remedy: "Choose another name." });
    }
    const values = [...new Set(given)];
    const problem = valuesProblem(request.type, values);
    if (problem !== undefined) {
      return fail(problem);
    }
    const list: ValueList = {
      id: newId(),
      ...request,
      ...figuresOf(values),
      createdAt: new Date(at).toISOString(),
      createdBy: actor.name,
    };
    await putValues(transaction, list, values);
    await transaction.audit.append({ at, actor, action: "value-list.create", subject: subjectOf(list), after: list });
    return ok({ list, added: values.length, removed: 0 });
  });
}

/**
 * Adds and removes values, all or none of them. Problems: `value-list.not-found`, `value-list.invalid-value`,
 * `value-list.too-large`.
 */
export function changeValueList(
  store: Pick<Store, "write">,
  id: string,
  { add, remove, replace }: ValueListChange,
  { actor, at }: By,
): Promise<Result<ChangedValueList, RequestProblem>> {
  return store.write(async (transaction): Promise<Result<ChangedValueList, RequestProblem>> => {
    const before = await transaction.valueLists.get(id);
    if (before === undefined) {
      return fail(unknown(id));
    }
    const former = await transaction.valueLists.values(id);
    const values = new Set(replace ? [] : former);
    for (const value of remove) {
      values.delete(value);
    }
    for (const value of add) {
      values.add(value);
    }
    const problem = valuesProblem(before.type, add, values.size);
    if (problem !== undefined) {
      return fail(problem);
    }
    const known = new Set(former);
    const after: ValueList = {
      ...before,
      ...figuresOf([...values]),
      changedAt: new Date(at).toISOString(),
      changedBy: actor.name,
    };
    const added = [...values].filter((value) => !known.has(value)).length;
    const removed = former.filter((value) => !values.has(value)).length;
    await transaction.valueLists.clear(id);
    await putValues(transaction, after, [...values]);
    await transaction.audit.append({
      ...{ at, actor, action: "value-list.change", subject: subjectOf(after) },
      before: { count: before.count, hash: before.hash },
      after: { count: after.count, hash: after.hash, added, removed },
    });
    return ok({ list: after, added, removed });
  });
}

/** Deletes a list that no exception refers to. Problems: `value-list.not-found`, `value-list.in-use`. */
export function deleteValueList(
  store: Pick<Store, "write">,
  id: string,
  { actor, at }: By,
): Promise<Result<ValueList, RequestProblem>> {
  return store.write(async (transaction): Promise<Result<ValueList, RequestProblem>> => {
    const list = await transaction.valueLists.get(id);
    if (list === undefined) {
      return fail(unknown(id));
    }
    const users = await usersOf(transaction.exceptions, id);
    if (users.length > 0) {
      const names = users.map(({ name }) => name).join(", ");
      return fail({
        code: "value-list.in-use",
        message: `${users.length === 1 ? "An exception refers" : `${users.length} exceptions refer`} to the list: ${names}`,
        remedy: "Disable or change these exceptions first.",
      });
    }
    await transaction.valueLists.delete(id);
    await transaction.audit.append({ at, actor, action: "value-list.delete", subject: subjectOf(list), before: list });
    return ok(list);
  });
}

async function putValues(
  { valueLists }: Pick<StoreTransaction, "valueLists">,
  list: ValueList,
  values: readonly string[],
): Promise<void> {
  await valueLists.put(list);
  for (let part = 0; part * perPart < values.length; part += 1) {
    await valueLists.putPart({ list: list.id, part, values: values.slice(part * perPart, (part + 1) * perPart) });
  }
}

/** Exceptions that are not disabled and refer to the list. */
async function usersOf(exceptions: Pick<Store["exceptions"], "all">, id: string) {
  return (await exceptions.all())
    .filter((exception) => exception.disabledAt === undefined && listsOf(exception).includes(id))
    .map((exception) => ({ id: exception.id, name: exception.name }));
}

function figuresOf(values: readonly string[]): Pick<ValueList, "count" | "hash"> {
  const digest = createHash("sha256");
  for (const value of values) {
    digest.update(hash("sha256", value, "buffer"));
  }
  return { count: values.length, hash: digest.digest("base64url") };
}

function valuesProblem(
  type: ValueList["type"],
  values: readonly string[],
  count = values.length,
): RequestProblem | undefined {
  const most = type === "wildcard" ? mostWildcards : mostListValues;
  if (count > most) {
    const message = `The list would have ${count} values; at most ${most} are possible in one of this type`;
    return { code: "value-list.too-large", message, at: { field: "values" }, remedy: "Split it into several lists." };
  }
  const index = type === "ip" ? values.findIndex((value) => parseNetwork(value) === undefined) : -1;
  return index < 0
    ? undefined
    : {
        code: "value-list.invalid-value",
        message: `Value ${index + 1} is neither an address nor a network in CIDR notation: ${values[index]}`,
        at: { field: `values.${index}` },
        remedy: "Write it as 192.0.2.7 or 192.0.2.0/24, or use a list of another type.",
      };
}

function unknown(id: string): RequestProblem {
  return { code: "value-list.not-found", message: `There is no value list ${id}` };
}

function subjectOf({ id }: ValueList) {
  return { kind: "value-list", id } as const;
}
