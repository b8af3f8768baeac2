import type { KnownHosts } from "./evidence.ts";

/** A host as records may name it. */
export interface HostIdentity {
  /** The name that it is shown under. */
  readonly host: string;
  /** Every name under which records of it were written, in alphabetical order: at least one. */
  readonly names: readonly string[];
  /** Ids of its machine or agent in these records, in lower case. An id that other hosts also have is none of them. */
  readonly ids: readonly string[];
}

/** What knows the names of hosts. */
export interface HostSource {
  hostsNear(names: readonly string[]): Promise<KnownHosts>;
}

/** The host that a recorded name means. */
export async function hostIdentity(source: HostSource, name: string): Promise<HostIdentity> {
  const asked = name.toLowerCase();
  return identityIn(await source.hostsNear([asked]), asked);
}

function identityIn({ names, evidence }: KnownHosts, asked: string): HostIdentity {
  const host = names.get(asked);
  if (host === undefined) {
    return { host: asked, names: [asked], ids: [] };
  }
  const own = new Set([...names].filter(([, meant]) => meant === host).map(([name]) => name));
  const byId = Map.groupBy(
    evidence.filter(({ kind }) => kind === "id"),
    ({ value }) => value,
  );
  const ids = [...byId].filter(([, those]) => those.every((one) => own.has(one.name))).map(([id]) => id);
  return { host, names: [...own].sort(), ids: ids.sort() };
}
