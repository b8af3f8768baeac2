import type { Fields } from "#contracts/event";
import type { ExceptionDraft } from "#contracts/exception";
import type { CoveredActivity, MeasuredBreadth } from "#contracts/exception-breadth";
import { type ExceptionEntry, isFieldEntry } from "#contracts/exception-entry";
import type { AlertRecord } from "../../alert/record.ts";
import { compileCondition } from "../../condition/evaluate.ts";
import type { Rule } from "../../detection/rule.ts";
import { type StemmaEvent, textOf } from "../../event/event.ts";
import { compileException } from "../../exception/active.ts";
import { entryCondition, groupsOf } from "../../exception/condition.ts";
import type { ListLookup } from "../../exception/lists.ts";
import { appliesTo } from "../../exception/scope.ts";
import { isSharedProgram } from "../common-values.ts";
import { fieldScope } from "../field-scope.ts";
import { Distinct, type DistinctAllowance, distinctAllowance, distinctKey } from "./distinct.ts";
import { type ProcessKeys, processKeys } from "./process-keys.ts";

/** What only the judgement of the breadth needs of what was measured. */
export interface MeasuredEntries extends MeasuredBreadth {
  /** By entry: whether a hash or id is that of a program that every host has. */
  readonly sharedPrograms: readonly boolean[];
  /** By group of entries: what it covers. */
  readonly groups: readonly CoveredActivity[];
}

/**
 * Measures what a draft covers, one stored alert or event after the other, in bounded memory. Entries are those of
 * `groupsOf(draft)` in a row.
 */
export interface BreadthCollector {
  /**
   * An alert of any rule; alerts of other rules than those of the draft count for the shares only.
   *
   * @param matchesEntry By entry: whether it matches the alert on its own.
   * @param hidden Whether the whole draft hides it.
   */
  addAlert(
    alert: Pick<AlertRecord, "rule" | "host" | "userKey" | "fields" | "commandTemplate">,
    matchesEntry: readonly boolean[],
    hidden: boolean,
  ): void;
  /** A stored event, whether or not a rule matches it. */
  addEvent(event: Pick<StemmaEvent, "fields">): void;
  result(): MeasuredEntries;
}

interface Options {
  readonly lists: ListLookup;
  /** How many alerts are stored, of whatever rules. */
  readonly allAlerts?: number;
}

type Scope = Pick<ExceptionDraft, "entries" | "ruleIds"> &
  Partial<Pick<ExceptionDraft, "alternatives" | "ruleTags" | "allRules" | "os" | "hosts" | "hostList">>;

export function collectBreadth(draft: Scope, rules: readonly Rule[], options: Options): BreadthCollector {
  const ruleOf = new Map(rules.map((rule) => [rule.id, rule]));
  const groups = groupsOf(draft);
  const entries = groups.flat();
  const groupOf = groups.flatMap((group, index) => group.map(() => index));
  const allowance = distinctAllowance();
  const keysOf = processKeys();
  const tests = entries.map((entry) =>
    describesActivity(entry) ? compileCondition(entryCondition(entry, options.lists)) : undefined,
  );
  // A group needs one of those entries, or no event is tested for it.
  const groupTests = groups.map((group) =>
    group.some(describesActivity)
      ? compileException({ ...placeOf(draft), id: "", name: "", mode: "enforced", entries: [...group] }, options.lists)
      : undefined,
  );
  const together = new Tally(
    allowance,
    groupTests.every((test) => test !== undefined),
  );
  const byGroup = groupTests.map((test) => new Tally(allowance, test !== undefined));
  const alone = tests.map((test) => new Tally(allowance, test !== undefined));
  const shared = entries.map(() => ({ yes: 0, no: 0 }));
  let alerts = 0;
  let events = 0;
  const noteProgram = (index: number, fields: Fields) => {
    const entry = entries[index];
    const side = shared[index];
    const program = entry === undefined ? undefined : programOf(entry, fields);
    if (side !== undefined && program !== undefined) {
      side[isSharedProgram(program) ? "yes" : "no"] += 1;
    }
  };
  return {
    addAlert(alert, matchesEntry, hidden) {
      if (!appliesTo(draft, ruleOf.get(alert.rule.id) ?? alert.rule)) {
        return;
      }
      alerts += 1;
      if (!hidden && !matchesEntry.includes(true)) {
        return;
      }
      const process = keysOf(alert.fields, alert.commandTemplate);
      for (const [index, matches] of matchesEntry.entries()) {
        if (matches) {
          alone[index]?.addAlert(alert, process);
          noteProgram(index, alert.fields);
        }
      }
      if (hidden) {
        together.addAlert(alert, process);
        for (const [group, tally] of byGroup.entries()) {
          if (groupOf.every((of, index) => of !== group || matchesEntry[index] === true)) {
            tally.addAlert(alert, process);
          }
        }
      }
    },
    addEvent(event) {
      events += 1;
      const process = keysOf(event.fields);
      for (const [index, test] of tests.entries()) {
        if (test?.(event.fields)) {
          alone[index]?.addEvent(process);
          noteProgram(index, event.fields);
        }
      }
      const matching = groupTests.map((test) => test?.mayMatch(event) === true);
      if (matching.includes(true)) {
        together.addEvent(process);
        for (const [group, tally] of byGroup.entries()) {
          if (matching[group]) {
            tally.addEvent(process);
          }
        }
      }
    },
    result() {
      const totals = { alerts, allAlerts: options.allAlerts, withEvents: events > 0 };
      return {
        alerts,
        together: together.result(totals),
        entries: alone.map((tally) => tally.result(totals)),
        groups: byGroup.map((tally) => tally.result(totals)),
        sharedPrograms: shared.map(({ yes, no }) => yes > 0 && yes >= no),
      };
    },
  };
}

function placeOf({ os, hosts, hostList }: Scope): Pick<Scope, "os" | "hosts" | "hostList"> {
  return { os, hosts, hostList };
}

/** Whether events are counted for an entry: entries on hosts, users and types of records match too many to tell. */
export function describesActivity(entry: ExceptionEntry): boolean {
  if (!isFieldEntry(entry) || entry.operator === "excluded" || entry.type === "exists") {
    return false;
  }
  const scope = fieldScope(entry.field);
  return scope === "activity" || scope === "program";
}

/** The program that a hash or an id of an entry stands for. */
function programOf(entry: ExceptionEntry, fields: Fields): string | undefined {
  if (!isFieldEntry(entry) || !/^process\.(parent\.)?(hash\.|pe\.imphash|entity_id)/.test(entry.field)) {
    return undefined;
  }
  const prefix = entry.field.startsWith("process.parent.") ? "process.parent" : "process";
  return textOf(fields, `${prefix}.executable`) ?? textOf(fields, `${prefix}.name`);
}

/** Counts for one entry, or for the whole draft. */
class Tally {
  readonly #commandLines: Distinct;
  readonly #templates: Distinct;
  readonly #parents: Distinct;
  readonly #hosts: Distinct;
  readonly #users: Distinct;
  readonly #rules: Distinct;
  readonly #countsEvents: boolean;
  #alerts = 0;
  #events = 0;

  constructor(allowance: DistinctAllowance, countsEvents: boolean) {
    const distinct = () => new Distinct(allowance);
    this.#commandLines = distinct();
    this.#templates = distinct();
    this.#parents = distinct();
    this.#hosts = distinct();
    this.#users = distinct();
    this.#rules = distinct();
    this.#countsEvents = countsEvents;
  }

  addAlert(alert: Pick<AlertRecord, "rule" | "host" | "userKey">, process: ProcessKeys): void {
    this.#alerts += 1;
    this.#rules.add(distinctKey(alert.rule.id));
    this.#hosts.add(distinctKey(alert.host));
    this.#users.add(distinctKey(alert.userKey));
    this.#addProcess(process);
  }

  addEvent(process: ProcessKeys): void {
    this.#events += 1;
    this.#addProcess(process);
  }

  #addProcess({ commandLine, template, parent }: ProcessKeys): void {
    this.#commandLines.add(commandLine);
    this.#parents.add(parent);
    if (typeof template === "object") {
      this.#templates.addUnknown();
    } else {
      this.#templates.add(template);
    }
  }

  result({
    alerts,
    allAlerts,
    withEvents,
  }: {
    readonly alerts: number;
    readonly allAlerts: number | undefined;
    readonly withEvents: boolean;
  }): CoveredActivity {
    return {
      alerts: this.#alerts,
      ...(alerts === 0 ? {} : { ruleShare: this.#alerts / alerts }),
      ...(allAlerts === undefined || allAlerts === 0 ? {} : { allShare: Math.min(1, this.#alerts / allAlerts) }),
      ...(withEvents && this.#countsEvents ? { events: this.#events } : {}),
      commandLines: this.#commandLines.count(),
      templates: this.#templates.count(),
      parents: this.#parents.count(),
      hosts: this.#hosts.count(),
      users: this.#users.count(),
      rules: this.#rules.count(),
    };
  }
}
