import { z } from "zod";
import { bundleDataEnd, bundleDataStart } from "#contracts/bundle";

const document = z.object({
  omitted: z.array(z.object({ what: z.string(), shown: z.number(), total: z.number() })),
  hashes: z.object({ bundle: z.string() }),
  sections: z.object({
    alerts: z.array(z.unknown()),
    processes: z.object({ nodes: z.array(z.unknown()) }),
    records: z.array(z.unknown()),
  }),
});

export interface BundleInPage {
  /** The text of the JSON file. */
  readonly text: string;
  readonly hash: string;
  readonly omitted: z.infer<typeof document>["omitted"];
  readonly counts: { readonly alerts: number; readonly processes: number; readonly records: number };
}

/** The document in the page of a bundle; undefined if the page is none. */
export function bundleInPage(page: string): BundleInPage | undefined {
  const start = page.indexOf(bundleDataStart);
  const from = start + bundleDataStart.length;
  const end = page.indexOf(bundleDataEnd, from);
  if (start === -1 || end === -1) {
    return undefined;
  }
  const text = page.slice(from, end);
  const parsed = document.safeParse(jsonOf(text));
  if (!parsed.success) {
    return undefined;
  }
  const { hashes, omitted, sections } = parsed.data;
  const { alerts, processes, records } = sections;
  return {
    text,
    hash: hashes.bundle,
    omitted,
    counts: { alerts: alerts.length, processes: processes.nodes.length, records: records.length },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
