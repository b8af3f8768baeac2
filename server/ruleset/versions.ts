import type { LoadedVersion } from "../detection/rule-files/loaded-rules.ts";
import type { Store } from "../store/port.ts";

/** Keeps the texts of loaded rules that the store does not have yet, and notes that the others were seen again. */
export async function recordVersions(store: Store, versions: readonly LoadedVersion[], at: number): Promise<void> {
  const loaded = versions.map(({ rule, hash, text }) => ({ ruleId: rule.id, hash, rule, text }));
  await store.write(async ({ ruleVersions }) => {
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
  });
}
