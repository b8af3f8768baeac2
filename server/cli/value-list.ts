import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Problem, RequestProblem } from "#contracts/problem";
import { type ChangedValueList, type ValueList, valueListQuery, valueListType } from "#contracts/value-list";
import { changeValueList, createValueList, valueListDetailOf } from "../exceptions/value-lists.ts";
import type { Result } from "../lib/result.ts";
import { visible } from "../lib/visible.ts";
import type { Store } from "../store/port.ts";
import { type Command, cannotRun, describe, readArguments, refuseUsage } from "./command.ts";
import { withStore } from "./open.ts";
import { json } from "./terminal.ts";

const usage = `Usage: stemma value-list list [--json]
       stemma value-list show ID [--search TEXT] [--limit N] [--json]
       stemma value-list import FILE (--name NAME [--type TYPE] | --into ID [--replace]) [--json]

Lists of values that exceptions refer to, such as hosts or addresses of scanners. FILE has one value per line; empty
lines and lines that begin with # are skipped, and a value that occurs twice is kept once.
  --name NAME    creates a list
  --type TYPE    keyword (whole values), wildcard (values with *) or ip (addresses and networks); default keyword
  --into ID      adds to a list; with --replace all of its other values are removed
  --search TEXT  only values that contain the text, in any case
  --limit N      values to show (default 200)
  --json         one JSON object on standard output
  --db FILE      the database (default stemma.db, or STEMMA_STORE)
Exit code 1: a value was refused, and nothing is changed.`;

/** Values per change: what one request may have. */
const perChange = 1_000_000;

export const valueListCommand: Command = {
  name: "value-list",
  usage,
  async run(args, context) {
    const { terminal } = context;
    const read = readArguments(
      args,
      {
        options: {
          json: { type: "boolean" },
          name: { type: "string" },
          type: { type: "string" },
          into: { type: "string" },
          replace: { type: "boolean" },
          search: { type: "string" },
          limit: { type: "string" },
          analyst: { type: "string" },
        },
        settings: ["db", "store", "analyst"],
        positionals: { least: 1, most: 2, what: "list, show or import, and an id or a file" },
      },
      context,
    );
    if (!read.ok) {
      return refuseUsage(valueListCommand, read.error, terminal);
    }
    const { config, positionals, text, flag } = read.value;
    const [action = "", what = ""] = positionals;
    const print = (value: unknown, readable: string) => terminal.out(flag("json") ? json(value) : `${readable}\n`);
    const refuse = (code: Problem["code"], message: string) =>
      refuseUsage(valueListCommand, [{ code, message } as Problem], terminal);
    if (action === "list" && what === "") {
      return withStore(valueListCommand, config, { readOnly: true }, terminal, async (store) => {
        const items = await store.valueLists.all();
        print({ items, total: items.length }, items.length === 0 ? "No value lists." : items.map(line).join("\n"));
        return 0;
      });
    }
    if (action === "show" && what !== "") {
      const query = valueListQuery.safeParse({ search: text("search"), limit: text("limit") });
      if (!query.success) {
        return refuse("usage.value", `--limit ${text("limit")} is no number from 1 to 1000.`);
      }
      return withStore(valueListCommand, config, { readOnly: true }, terminal, async (store) => {
        const detail = await valueListDetailOf(store, what, query.data);
        if (!detail.ok) {
          return cannotRun(valueListCommand, detail.error, terminal);
        }
        const { list, values, matching } = detail.value;
        const shown = [line(list), ...values.map((value) => `  ${visible(value)}`), `${values.length} of ${matching}`];
        print(detail.value, shown.join("\n"));
        return 0;
      });
    }
    if (action !== "import" || what === "") {
      return refuse("usage.argument", "Expected list, show ID or import FILE.");
    }
    const type = valueListType.safeParse(text("type") ?? "keyword");
    const [name, into] = [text("name"), text("into")];
    if (!type.success || (name === undefined) === (into === undefined)) {
      return refuse(
        "usage.value",
        type.success ? "Give either --name or --into." : `${text("type")} is no type of list.`,
      );
    }
    let values: readonly string[];
    try {
      values = valuesIn(await readFile(what, "utf8"));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return cannotRun(valueListCommand, { code: "input.unreadable", message, at: { file: what } }, terminal);
    }
    const long = values.findIndex((value) => value.length > 1000);
    if (long >= 0 || values.length > perChange) {
      const message =
        long >= 0 ? `Value ${long + 1} is longer than 1000 characters.` : `More than ${perChange} values.`;
      return cannotRun(valueListCommand, { code: "input.invalid", message, at: { file: what } }, terminal);
    }
    return withStore(valueListCommand, config, { readOnly: false }, terminal, async (store) => {
      const by = {
        actor: { name: config.analyst, origin: { account: "local", method: "command-line" } },
        at: Date.now(),
      } as const;
      const changed: Result<ChangedValueList, RequestProblem> =
        into === undefined
          ? await create(store, { name: name ?? "", type: type.data, values }, by)
          : await changeValueList(store, into, { add: [...values], remove: [], replace: flag("replace") }, by);
      if (!changed.ok) {
        terminal.err(`stemma value-list: ${describe(changed.error)}\n`);
        return 1;
      }
      const { list, added, removed } = changed.value;
      print(changed.value, `${line(list)}\n${added} added, ${removed} removed.`);
      return 0;
    });
  },
};

type Given = Pick<ValueList, "name" | "type"> & { readonly values: readonly string[] };

function create(store: Store, { values, ...list }: Given, by: Parameters<typeof changeValueList>[3]) {
  return createValueList(store, { ...list, values: [...values] }, { ...by, newId: randomUUID });
}

/** One value per line, without a byte order mark. */
function valuesIn(text: string): readonly string[] {
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((each) => each.trim())
    .filter((each) => each !== "" && !each.startsWith("#"));
}

function line({ id, name, type, count }: ValueList): string {
  return `${id}  ${visible(name)}  ${type}  ${count.toLocaleString("en")} ${count === 1 ? "value" : "values"}`;
}
