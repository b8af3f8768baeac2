import type { Fact } from "../facts.ts";

/** A fact under the host that the name in its record means now. */
export function under<F extends Fact>(fact: F, hostOf: (name: string) => string): F {
  const name = fact.recordedHost ?? fact.host;
  const host = hostOf(name);
  if (host === fact.host && (fact.recordedHost === undefined) === (host === name)) {
    return fact;
  }
  const { recordedHost: _, ...rest } = fact;
  return { ...rest, ...hostUnder(name, hostOf) } as F;
}

/** The host that a name means now, with the name itself if that is another one. */
export function hostUnder(name: string, hostOf: (name: string) => string) {
  const host = hostOf(name);
  return host === name ? { host } : { host, recordedHost: name };
}
