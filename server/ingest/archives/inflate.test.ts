import { deflateRawSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Damage, inflate } from "./inflate.ts";

const MIB = 1024 ** 2;
const SLICE = 64 * 1024;

/** Stored, not compressed: a packed byte is an unpacked one. */
const packers = {
  gzip: (bytes: Buffer) => gzipSync(bytes, { level: 0 }),
  deflate: (bytes: Buffer) => deflateRawSync(bytes, { level: 0 }),
};

async function unpack(kind: keyof typeof packers, packed: Buffer) {
  async function* pieces() {
    yield packed;
  }
  const damages: Damage[] = [];
  let length = 0;
  for await (const piece of inflate(kind, pieces(), (damage) => damages.push(damage))) {
    length += piece.length;
  }
  return { length, damages };
}

/** The offset of the damage: the length of the first stored block after `from`, with its complement. */
function damage(packed: Buffer, from: number): number {
  let at = from;
  while ((packed.readUInt16LE(at) ^ packed.readUInt16LE(at + 2)) !== 0xffff) {
    at += 1;
  }
  packed.fill(0x55, at, at + 4);
  return at;
}

/** What the headers of stored blocks take at most. */
const headers = (at: number) => at / 2048;

describe.each(["gzip", "deflate"] as const)("a damaged %s stream", (kind) => {
  it("below 32 MiB is unpacked up to the damage", async () => {
    const packed = packers[kind](Buffer.alloc(4 * MIB, "line\n"));
    const at = damage(packed, 3 * MIB);
    const { length, damages } = await unpack(kind, packed);
    expect(at - length).toBeLessThan(headers(at));
    expect(damages).toEqual([{ reason: "invalid stored block lengths", lost: undefined }]);
  });

  it("above 32 MiB says how much before the damage is lost", async () => {
    const packed = packers[kind](Buffer.alloc(40 * MIB, "line\n"));
    const at = damage(packed, 39 * MIB + SLICE / 2);
    const { length, damages } = await unpack(kind, packed);
    expect(at - length).toBeGreaterThan(SLICE / 2);
    expect(at - length).toBeLessThan(SLICE + headers(at));
    expect(damages).toEqual([
      { reason: "invalid stored block lengths", lost: "up to 64 KiB of packed data before the damage are lost" },
    ]);
  });
});

it("a stream above 32 MiB that only ends early has lost nothing before its end", async () => {
  const packed = packers.gzip(Buffer.alloc(40 * MIB, "line\n"));
  const { length, damages } = await unpack("gzip", packed.subarray(0, 39 * MIB));
  expect(39 * MIB - length).toBeLessThan(headers(39 * MIB));
  expect(damages).toEqual([{ reason: "unexpected end of file", lost: undefined }]);
});
