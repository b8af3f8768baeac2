import { describe, expect, it } from "vitest";
import type { LogonSession } from "#contracts/lineage";
import { T0 } from "../../test/factories/events.ts";
import { sessionKey } from "./keys.ts";
import { linkedSessions } from "./linked-sessions.ts";
import { SESSIONS_PER_LOGON } from "./logon-session.ts";

const MINUTE = 60_000;
const session = (logonId: string, at: number, linkedLogonId?: string): LogonSession => ({
  key: sessionKey("ws5", logonId, T0 + at),
  host: "ws5",
  logonId,
  linkedLogonId,
  opened: new Date(T0 + at).toISOString(),
  service: false,
  privileged: false,
  processCount: 1,
});

describe("the two halves of a logon", () => {
  it("are both found however often the logon ids of others were used", async () => {
    const often = Array.from({ length: SESSIONS_PER_LOGON }, (_, boot) => session("0x20", boot * MINUTE));
    const stored = [...often, session("0x40", 1)];
    const asked: number[] = [];
    const source = {
      async sessions({ logons, limit }: { logons: readonly { logonId: string }[]; limit: number }) {
        asked.push(logons.length);
        return { items: stored.filter((one) => logons.some(({ logonId }) => logonId === one.logonId)).slice(0, limit) };
      },
    };
    const elevated = [session("0x10", 1, "0x20"), session("0x11", 2, "0x20"), session("0x30", 1, "0x40")];
    const found = await linkedSessions(source, elevated);
    expect(elevated.map(({ key }) => found.get(key)?.logonId)).toEqual(["0x20", "0x20", "0x40"]);
    expect(asked).toEqual([2]);
  });
});
