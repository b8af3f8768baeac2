import { nameOf, plainCommand } from "../keys.ts";
import type { ProcessRow } from "../process-row.ts";

/** A process as records under one name of its host describe it. */
interface Mention {
  readonly name: string;
  readonly pid?: number;
  readonly image?: string;
  readonly command?: string;
}

/**
 * Pairs of names under which records describe one process, in all rows of one entity id: with one pid and one image,
 * and with one command line if both recorded its start. Clones that were resumed from one image may repeat an entity
 * id for another process. More records never take a pair away.
 */
export function namesOfOneProcess(...rows: readonly ProcessRow[]): readonly (readonly [string, string])[] {
  const mentions = rows.flatMap(mentionsIn);
  return mentions.flatMap((one, index) =>
    mentions
      .slice(index + 1)
      .filter((other) => one.name !== other.name && isSameProcess(one, other))
      .map((other) => [one.name, other.name] as const),
  );
}

function isSameProcess(one: Mention, other: Mention): boolean {
  return (
    one.pid !== undefined &&
    one.pid === other.pid &&
    one.image !== undefined &&
    one.image === other.image &&
    (one.command === undefined || other.command === undefined || one.command === other.command)
  );
}

function mentionsIn({ host, facts }: ProcessRow): readonly Mention[] {
  const { starts, ends, observed, inferred } = facts;
  const recorded = [...starts, ...ends].map((fact): Mention => {
    const command = fact.kind === "start" ? plainCommand(fact.commandLine ?? "") : undefined;
    return { name: fact.recordedHost ?? host, pid: fact.pid, image: nameOf(fact.executable), command };
  });
  const others = [observed, inferred].flatMap((attributes) =>
    attributes === undefined
      ? []
      : (attributes.names ?? [""]).map(
          (name): Mention => ({ name: name || host, pid: attributes.pid, image: nameOf(attributes.executable) }),
        ),
  );
  return [...recorded, ...others];
}
