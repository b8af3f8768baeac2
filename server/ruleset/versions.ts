import type { LoadedVersion } from "../detection/rule-files/loaded-rules.ts";
import type { StoreTransaction } from "../store/port.ts";

/** Stores the texts of loaded rules that are new, and updates when the others were last seen. */
export async function recordVersions(
  { ruleVersions }: Pick<StoreTransaction, "ruleVersions">,
  versions: readonly LoadedVersion[],
  at: number,
): Promise<void> {
  const loaded = versions.map(({ rule, hash, text }) => ({ ruleId: rule.id, hash, rule, text }));
  const fresh = await ruleVersions.markSeen(loaded, at);
  await ruleVersions.put(
    fresh.map(({ ruleId, hash, rule, text }) => ({
      ruleId,
      hash,
      version: rule.version,
      name: rule.name,
      source: rule.source,
      text,
      firstSeen: at,
      lastSeen: at,
    })),
  );
}
