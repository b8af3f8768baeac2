import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mirrored, parseDateMath, resolveDateMath } from "./date-math.ts";

const now = Date.UTC(2024, 1, 29, 13, 37, 42, 123); // a Thursday, and a leap day

function resolve(text: string, edge: "from" | "to"): string {
  const math = parseDateMath(text);
  if (!math.ok) {
    throw new Error(math.error.message);
  }
  return new Date(resolveDateMath(math.value, now, edge)).toISOString();
}

describe("date math", () => {
  it.each([
    ["now", "from", "2024-02-29T13:37:42.123Z"],
    ["now-1h", "from", "2024-02-29T12:37:42.123Z"],
    ["now-48h/h", "from", "2024-02-27T13:00:00.000Z"],
    ["now-24h/h", "to", "2024-02-28T13:59:59.999Z"],
    ["now-7d/d", "from", "2024-02-22T00:00:00.000Z"],
    ["now/d", "to", "2024-02-29T23:59:59.999Z"],
    ["now/w", "from", "2024-02-26T00:00:00.000Z"],
    ["now/w", "to", "2024-03-03T23:59:59.999Z"],
    ["now-1y", "from", "2023-02-28T13:37:42.123Z"],
    ["now-1M+1d/d", "from", "2024-01-30T00:00:00.000Z"],
    ["now/M", "to", "2024-02-29T23:59:59.999Z"],
    ["now/y", "from", "2024-01-01T00:00:00.000Z"],
    ["now-30s", "from", "2024-02-29T13:37:12.123Z"],
    ["now-15m/m", "from", "2024-02-29T13:22:00.000Z"],
  ] as const)("%s as %s is %s", (text, edge, expected) => {
    expect(resolve(text, edge)).toBe(expected);
  });

  it.each(["", "yesterday", "now-1", "now-1x", "now/", "now-1h/2h", "2024-01-01", "now - 1h", "now-9999999h"])(
    "refuses %j with a remedy",
    (text) => {
      expect(parseDateMath(text)).toMatchObject({ ok: false, error: { code: "playbook.date-math" } });
    },
  );

  it("looks as far ahead as back when mirrored", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), fc.constantFrom("s", "m", "h", "d", "w"), (amount, unit) => {
        const math = parseDateMath(`now-${amount}${unit}`);
        const back = math.ok ? resolveDateMath(math.value, now, "from") : Number.NaN;
        const ahead = math.ok ? resolveDateMath(mirrored(math.value), now, "to") : Number.NaN;
        expect(ahead - now).toBe(now - back);
      }),
    );
  });
});
