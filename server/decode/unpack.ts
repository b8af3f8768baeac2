import { constants, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import type { DecodingStep } from "#contracts/decoding";
import type { Budget } from "./budget.ts";

type Compression = Extract<DecodingStep, "gzip" | "zlib" | "deflate">;

export interface Unpacked {
  readonly step: Compression;
  readonly bytes: Uint8Array;
  /** Whether there is more than the limit permits. */
  readonly cut: boolean;
}

const unpackers = { gzip: gunzipSync, zlib: inflateSync, deflate: inflateRawSync } as const;

/** What starting to unpack costs, in steps: as much as reading this many characters. */
const START_COST = 5_000;

/**
 * Bytes unpacked, up to the limit. Data that end too early give what is there of them. Raw deflate has no mark by which
 * it could be known, so it is only tried if `deflate` says so.
 */
export function unpack(bytes: Uint8Array, deflate: boolean, budget: Budget): Unpacked | undefined {
  const step = compressionOf(bytes) ?? (deflate && bytes.length > 8 ? "deflate" : undefined);
  return step === undefined ? undefined : unpackAs(step, bytes, budget);
}

function compressionOf(bytes: Uint8Array): Compression | undefined {
  const [first = 0, second = 0, method] = bytes;
  if (first === 0x1f && second === 0x8b && method === 8) {
    return "gzip";
  }
  return (first & 0x0f) === 8 && first <= 0x78 && (first * 256 + second) % 31 === 0 && bytes.length > 8
    ? "zlib"
    : undefined;
}

/** A bomb is unpacked from half of its bytes, from half of these, and so on, until the result is within the limit. */
function unpackAs(step: Compression, bytes: Uint8Array, budget: Budget): Unpacked | undefined {
  const { size } = budget.limits;
  for (let length = bytes.length; length > 0; length = Math.floor(length / 2)) {
    if (!budget.spend(START_COST + length)) {
      return undefined;
    }
    try {
      const unpacked = unpackers[step](bytes.subarray(0, length), {
        maxOutputLength: size,
        finishFlush: constants.Z_SYNC_FLUSH,
      });
      return unpacked.length === 0 || !budget.spend(unpacked.length)
        ? undefined
        : { step, bytes: unpacked, cut: length < bytes.length };
    } catch (error) {
      if (!(error instanceof RangeError)) {
        return undefined;
      }
    }
  }
  return undefined;
}
