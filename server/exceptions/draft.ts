import type { Fields } from "#contracts/event";
import type { SuggestedDraft } from "#contracts/exception";
import { type ExceptionEntry, eventFieldsOf } from "#contracts/exception-entry";
import type { AlertRecord } from "../alert/record.ts";
import { fieldsOf } from "../condition/fields.ts";
import { escapePattern } from "../condition/wildcard-pattern.ts";
import type { Rule } from "../detection/rule.ts";
import { type StemmaEvent, textOf, valuesOf } from "../event/event.ts";
import type { AccountIdentity } from "../lineage/account-identity.ts";
import type { Aliases } from "../lineage/aliases.ts";
import type { Store } from "../store/port.ts";
import { commandTemplatePattern } from "./command-template-pattern.ts";

/** The longest value of an entry that the contract accepts. Escaping may double the length of a text. */
const MAX_VALUE = 8000;

interface Suggested {
  readonly entry: ExceptionEntry;
  readonly because: string;
}

/**
 * The minimum confirmed pattern of an alert as a draft: parent executable, command line with its variable parts as
 * wildcards, user and host, each with its reason. Without a process, the source address takes the place of the command
 * line. Never a process name alone. All entries come from one event, because an exception matches single events; for an
 * alert of a rule that counts, from the fields that all events share.
 */
export async function suggestDraft(store: Store, alert: AlertRecord, rule: Rule | undefined): Promise<SuggestedDraft> {
  const event = await leadingEvent(store, alert);
  const fields = alert.correlation === undefined ? (event?.fields ?? alert.fields) : alert.fields;
  const accounts = await store.lineage.accounts();
  const account = alert.userKey === undefined ? undefined : accounts.find(accounts.keyOf(alert.userKey, alert.host));
  const suggested = [
    parentEntry(fields),
    commandEntry(fields, alert.commandTemplate) ?? addressEntry(fields),
    ...userEntries(fields, alert, account),
    hostEntry(fields, accounts.hosts),
  ].flatMap((item) => item ?? []);
  const named = new Set([
    ...suggested.flatMap((item) => eventFieldsOf(item.entry)),
    ...(rule === undefined || rule.body.kind === "not-evaluable" ? [] : fieldsOf(rule.body.condition)),
  ]);
  return {
    draft: {
      name: `${alert.rule.name} on ${alert.host}`.slice(0, 200),
      reason: "",
      ruleIds: [alert.rule.id],
      entries: suggested.map((item) => item.entry),
      mode: "enforced",
      fromAlert: alert.id,
    },
    because: suggested.map((item) => item.because),
    fields: Object.keys(fields)
      .sort()
      .map((field) => ({ field, values: valuesOf(fields, field).map(String), named: named.has(field) })),
  };
}

/** The first source event leads. It may not be stored any more; the alert keeps a copy of its fields. */
async function leadingEvent(store: Store, alert: AlertRecord): Promise<StemmaEvent | undefined> {
  const [first] = alert.sources;
  return first === undefined ? undefined : store.events.get(first.eventId);
}

function match(field: string, value: string): ExceptionEntry {
  return { type: "match", field, value, operator: "included", case: "insensitive" };
}

function parentEntry(fields: Fields): Suggested | undefined {
  const path = textOf(fields, "process.parent.executable");
  if (path !== undefined) {
    return {
      entry: match("process.parent.executable", path),
      because: "The full path of the parent, so that a program of the same name elsewhere is not covered.",
    };
  }
  const name = textOf(fields, "process.parent.name");
  return name === undefined
    ? undefined
    : {
        entry: match("process.parent.name", name),
        because: "The name of the parent, because the record has no path.",
      };
}

function commandEntry(fields: Fields, template: string | undefined): Suggested | undefined {
  const commandLine = textOf(fields, "process.command_line");
  if (commandLine === undefined) {
    const path = textOf(fields, "process.executable");
    return path === undefined
      ? undefined
      : {
          entry: match("process.executable", path),
          because: "The path of the program with any arguments, because the record has no command line.",
        };
  }
  if (commandLine.length > MAX_VALUE / 2) {
    const head = escapePattern(commandLine.slice(0, MAX_VALUE / 4));
    return {
      entry: {
        type: "wildcard",
        field: "process.command_line",
        value: `${head}*`,
        operator: "included",
        case: "insensitive",
      },
      because: `The first ${MAX_VALUE / 4} of ${commandLine.length} characters of the command line.`,
    };
  }
  const pattern = template === undefined ? undefined : commandTemplatePattern(template, commandLine);
  if (pattern === undefined || !template?.includes("*")) {
    return {
      entry: match("process.command_line", commandLine),
      because: "The exact command line, because no part of it is known to vary.",
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
    because: "The command line with its variable parts (times, numbers, random names) as wildcards.",
  };
}

function addressEntry(fields: Fields): Suggested | undefined {
  const address = textOf(fields, "source.ip");
  return address === undefined
    ? undefined
    : { entry: match("source.ip", address), because: "The source address, because the records name no process." };
}

/**
 * In Security 4688, `user.*` is the creator and `user.effective.*` the account of the new token. The next record may
 * spell the domain in another way, so all that are known are listed.
 */
function userEntries(fields: Fields, alert: AlertRecord, account: AccountIdentity | undefined): readonly Suggested[] {
  const userName = alert.user?.name.toLowerCase();
  const prefix = ["user", "user.effective"].find(
    (candidate) => textOf(fields, `${candidate}.name`)?.toLowerCase() === userName && userName !== undefined,
  );
  const name = prefix === undefined ? undefined : textOf(fields, `${prefix}.name`);
  if (prefix === undefined || name === undefined) {
    return [];
  }
  const domain = textOf(fields, `${prefix}.domain`);
  const named = {
    entry: match(`${prefix}.name`, name),
    because:
      account?.builtIn === undefined
        ? "The account that runs the workflow."
        : "The account that runs the workflow. Every host has it, so only the host limits the exception.",
  };
  if (domain === undefined) {
    return [named];
  }
  const others = (account?.builtIn === undefined ? (account?.accounts ?? []) : []).flatMap((one) =>
    one.name.toLowerCase() === name.toLowerCase() && one.domain?.toLowerCase() !== domain.toLowerCase()
      ? (one.domain ?? [])
      : [],
  );
  const because = "The domain of the account, because another domain may have an account of the same name.";
  const field = `${prefix}.domain`;
  return [
    named,
    others.length === 0
      ? { entry: match(field, domain), because }
      : {
          entry: { type: "match_any", field, values: [domain, ...others], operator: "included", case: "insensitive" },
          because: `${because} Records spell it in several ways.`,
        },
  ];
}

/** The next record may be from a log that spells the host in another way, so all of its names are listed. */
function hostEntry(fields: Fields, names: Aliases): Suggested | undefined {
  const field = "host.name";
  const host = textOf(fields, field);
  if (host === undefined) {
    return undefined;
  }
  const others = names.all(host.toLowerCase()).filter((name) => name !== host.toLowerCase());
  const because = "The only host on which the workflow was confirmed.";
  return others.length === 0
    ? { entry: match(field, host), because }
    : {
        entry: { type: "match_any", field, values: [host, ...others], operator: "included", case: "insensitive" },
        because: `${because} Records name it in several ways.`,
      };
}
