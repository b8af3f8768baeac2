import type { ExceptionDraft } from "#contracts/exception";
import type { MeasuredBreadth } from "#contracts/exception-breadth";
import type { BroadPolicy, RedStop } from "#contracts/exception-gate";
import type { AlertRecord } from "../alert/record.ts";
import { canHaveField } from "../condition/computed-fields.ts";
import { graphFields } from "../detection/graph-fields.ts";
import { fieldType } from "../event/field-catalogue.ts";
import type { Playbooks } from "../playbooks/playbook.ts";
import type { Store } from "../store/port.ts";
import { excludeMalicious } from "./exclude-malicious.ts";
import type { HiddenAlert } from "./hidden-alerts.ts";
import type { LintContext } from "./lint.ts";
import type { MeasuredEntries } from "./measure/collect.ts";

/** What a dry run needs besides the store, where it is known. */
export interface DryRunContext {
  /** For verdicts by answers. */
  readonly playbooks?: Pick<Playbooks, "forAlert">;
  readonly fieldKnown?: LintContext["fieldKnown"];
  readonly listKnown?: LintContext["listKnown"];
  readonly policy?: BroadPolicy;
}

export function lintContext({ fieldKnown, listKnown }: DryRunContext, now: number): LintContext {
  return { fieldKnown: fieldKnown ?? (() => undefined), listKnown: listKnown ?? (() => true), now };
}

/** Whether any event can have a field: by the catalogue, the process graph, and the events that were looked at. */
export function fieldsKnownBy(seen: {
  readonly kinds: readonly { readonly fields: ReadonlySet<string> }[];
}): LintContext["fieldKnown"] {
  const names = new Set(seen.kinds.flatMap(({ fields }) => [...fields]));
  const has = (field: string) => names.has(field) || fieldType(field) !== undefined || graphFields.has(field);
  return (field) => canHaveField(field, has) || (seen.kinds.length === 0 ? undefined : false);
}

/** As the contract has it. */
export function measuredView(
  { alerts, together, entries }: MeasuredEntries,
  eventsTruncation: string | undefined,
): MeasuredBreadth {
  return { alerts, together, entries: [...entries], eventsTruncation };
}

/** Alerts of each kind that the search for a narrower draft looks at, the newest. */
const LOOKED_AT = 1_000;
/** Reasons that are listed; as many as there are alerts in the list. */
const LISTED = 200;
const PART = 200;

/** What keeps a draft from being enforced, with the way out; undefined where nothing was judged malicious. */
export async function redStopOf(
  store: Pick<Store, "alerts">,
  draft: ExceptionDraft,
  hidden: readonly HiddenAlert[],
  because: ReadonlyMap<string, string>,
): Promise<RedStop | undefined> {
  if (because.size === 0) {
    return undefined;
  }
  const red = hidden.filter(({ alert }) => because.has(alert.id)).slice(0, LOOKED_AT);
  const others = hidden.filter(({ alert }) => !because.has(alert.id));
  const alerts = await alertsOf(store, [...red, ...others.slice(0, LOOKED_AT)]);
  const narrowing = excludeMalicious(draft, alerts, new Set(because.keys()));
  const isPartial = others.length > LOOKED_AT || because.size > LOOKED_AT;
  return {
    total: because.size,
    because: [...because].slice(0, LISTED).map(([alert, text]) => ({ alert, text })),
    narrowing: isPartial
      ? { ...narrowing, text: `${narrowing.text} Judged by the newest ${LOOKED_AT} alerts of each kind.` }
      : narrowing,
  };
}

async function alertsOf(
  { alerts }: Pick<Store, "alerts">,
  wanted: readonly HiddenAlert[],
): Promise<readonly AlertRecord[]> {
  const found: AlertRecord[] = [];
  for (let start = 0; start < wanted.length; start += PART) {
    const ids = wanted.slice(start, start + PART).map(({ alert }) => alert.id);
    found.push(...(await alerts.find({ ids, limit: PART })).items);
  }
  return found;
}
