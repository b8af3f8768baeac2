import type { Fields } from "#contracts/event";
import type { DraftProposal, ExceptionEntry } from "#contracts/exception";
import type { AlertRecord } from "../alert/record.ts";
import { fieldsOf } from "../condition/fields.ts";
import { escapePattern } from "../condition/wildcard-pattern.ts";
import type { Rule } from "../detection/rule.ts";
import { type StemmaEvent, textOf, valuesOf } from "../event/event.ts";
import type { Store } from "../store/port.ts";
import { commandTemplatePattern } from "./command-template-pattern.ts";

/** What the contract admits as the value of an entry; escaping may double the length of a text. */
const longestValue = 8000;

interface Proposed {
  readonly entry: ExceptionEntry;
  readonly because: string;
}

/**
 * The minimum confirmed pattern of an alert as a draft: parent executable, command line with its variable parts as
 * wildcards, user and host, each with its reason; without a process the address that it came from. Never a process name
 * alone. Entries are taken from one source event, since an exception must match within one event; of an alert about many
 * events from what all of them share.
 */
export async function proposeDraft(store: Store, alert: AlertRecord, rule: Rule | undefined): Promise<DraftProposal> {
  const event = await leadingEvent(store, alert);
  const fields = alert.correlation === undefined ? (event?.fields ?? alert.fields) : alert.fields;
  const proposed = [
    parentEntry(fields),
    commandEntry(fields, alert.commandTemplate) ?? addressEntry(fields),
    ...userEntries(fields, alert),
    hostEntry(fields),
  ].flatMap((item) => item ?? []);
  const named = new Set([
    ...proposed.map((item) => item.entry.field),
    ...(rule === undefined || rule.body.kind === "not-evaluable" ? [] : fieldsOf(rule.body.condition)),
  ]);
  return {
    draft: {
      name: `${alert.rule.name} on ${alert.host}`.slice(0, 200),
      reason: "",
      ruleIds: [alert.rule.id],
      entries: proposed.map((item) => item.entry),
      mode: "enforced",
      fromAlert: alert.id,
    },
    because: proposed.map((item) => item.because),
    fields: Object.keys(fields)
      .sort()
      .map((field) => ({ field, values: valuesOf(fields, field).map(String), named: named.has(field) })),
  };
}

/** The first source event is the leading one; alerts of sources that are no longer stored keep their copied fields. */
async function leadingEvent(store: Store, alert: AlertRecord): Promise<StemmaEvent | undefined> {
  const [first] = alert.sources;
  return first === undefined ? undefined : store.events.get(first.eventId);
}

function match(field: string, value: string): ExceptionEntry {
  return { type: "match", field, value, operator: "included", case: "insensitive" };
}

function parentEntry(fields: Fields): Proposed | undefined {
  const path = textOf(fields, "process.parent.executable");
  if (path !== undefined) {
    return {
      entry: match("process.parent.executable", path),
      because: "The full path of the parent: a program of the same name elsewhere is not covered.",
    };
  }
  const name = textOf(fields, "process.parent.name");
  return name === undefined
    ? undefined
    : {
        entry: match("process.parent.name", name),
        because: "The record gives only the name of the parent, not its path.",
      };
}

function commandEntry(fields: Fields, shape: string | undefined): Proposed | undefined {
  const commandLine = textOf(fields, "process.command_line");
  if (commandLine === undefined) {
    const path = textOf(fields, "process.executable");
    return path === undefined
      ? undefined
      : {
          entry: match("process.executable", path),
          because: "The record has no command line; the path of the program stands in for it and covers any arguments.",
        };
  }
  if (commandLine.length > longestValue / 2) {
    const head = escapePattern(commandLine.slice(0, longestValue / 4));
    return {
      entry: {
        type: "wildcard",
        field: "process.command_line",
        value: `${head}*`,
        operator: "included",
        case: "insensitive",
      },
      because: `The first ${longestValue / 4} characters of the command line, which has ${commandLine.length}.`,
    };
  }
  const pattern = shape === undefined ? undefined : commandTemplatePattern(shape, commandLine);
  if (pattern === undefined || !shape?.includes("*")) {
    return {
      entry: match("process.command_line", commandLine),
      because: "The command line as it is: no part of it is known to vary.",
    };
  }
  return {
    entry: {
      type: "wildcard",
      field: "process.command_line",
      value: pattern,
      operator: "included",
      case: "insensitive",
    },
    because: "The command line with only its varying parts (times, numbers, random names) as wildcards.",
  };
}

function addressEntry(fields: Fields): Proposed | undefined {
  const address = textOf(fields, "source.ip");
  return address === undefined
    ? undefined
    : { entry: match("source.ip", address), because: "The records name no process: the address that they came from." };
}

/** Security 4688 names the creator in `user.*` and the account of the new token in `user.effective.*`. */
function userEntries(fields: Fields, alert: AlertRecord): readonly Proposed[] {
  const wanted = alert.user?.name.toLowerCase();
  const prefix = ["user", "user.effective"].find(
    (candidate) => textOf(fields, `${candidate}.name`)?.toLowerCase() === wanted && wanted !== undefined,
  );
  const name = prefix === undefined ? undefined : textOf(fields, `${prefix}.name`);
  if (prefix === undefined || name === undefined) {
    return [];
  }
  const domain = textOf(fields, `${prefix}.domain`);
  const account = { entry: match(`${prefix}.name`, name), because: "The account that the workflow runs with." };
  return domain === undefined
    ? [account]
    : [
        account,
        {
          entry: match(`${prefix}.domain`, domain),
          because: "Its domain: an account of the same name elsewhere is another one.",
        },
      ];
}

function hostEntry(fields: Fields): Proposed | undefined {
  const host = textOf(fields, "host.name");
  return host === undefined
    ? undefined
    : { entry: match("host.name", host), because: "The host on which the workflow was confirmed, and no other." };
}
