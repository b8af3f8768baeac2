import type { Bundle } from "#contracts/bundle";

/** How much of each kind a bundle has at most. What is left out is counted in it. */
export interface BundleLimits {
  readonly alerts: number;
  readonly processes: number;
  /** Of one process. */
  readonly children: number;
  readonly events: number;
  readonly records: number;
  readonly audit: number;
  /** Pasted texts, of up to 64 KiB each. */
  readonly attachments: number;
}

/** Enough for an incident of some thousand alerts; a browser opens the file within seconds. */
export const bundleLimits: BundleLimits = {
  alerts: 5_000,
  processes: 5_000,
  children: 200,
  events: 5_000,
  records: 10_000,
  audit: 20_000,
  attachments: 200,
};

const all = Number.MAX_SAFE_INTEGER;
export const noLimits: BundleLimits = {
  ...{ alerts: all, processes: all, children: all },
  ...{ events: all, records: all, audit: all, attachments: all },
};

export type Omitted = Bundle["omitted"][number];

/** How to get the rest, wherever a limit cut something off. */
const lifted = "Made with a limit; without it: stemma bundle --everything.";

/** The first items of a list, and a note if there are more. */
export function upTo<T>(
  items: readonly T[],
  limit: number,
  what: string,
): { readonly items: readonly T[]; readonly omitted: readonly Omitted[] } {
  return items.length <= limit
    ? { items, omitted: [] }
    : { items: items.slice(0, limit), omitted: [cut(what, limit, items.length)] };
}

export function cut(what: string, shown: number, total: number): Omitted {
  return { what, shown, total, why: lifted };
}
