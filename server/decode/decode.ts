import type { Decoded, Decoding, DecodingStep, Undecoded } from "#contracts/decoding";
import { type Blob, base64Blobs } from "./base64.ts";
import { Budget, type DecodeLimits, decodeLimits } from "./budget.ts";
import { textOfBytes } from "./bytes-text.ts";
import { codeBlobs } from "./codes.ts";
import { withoutShellTricks } from "./command-shell.ts";
import { type Folded, folded } from "./expressions/fold.ts";
import { hexBlobs } from "./hex.ts";
import { unpack } from "./unpack.ts";

/** A text that is looked at: the given one, or one that was decoded. */
interface Layer {
  readonly text: string;
  readonly steps: readonly DecodingStep[];
  /** The position of the decoding that it is. */
  readonly index: number | undefined;
  readonly depth: number;
}

/** Rounds in which expressions become others that can be evaluated; more are rare and gain little. */
const FOLDING_ROUNDS = 4;
/** Bytes from which on something named as encoded is worth a note although it is no text. */
const SHORTEST_BINARY = 16;

/**
 * Everything that is encoded in a command line or a script, encodings within encodings as well. Nothing is executed,
 * and a text that is not encoded gives nothing. The cost is bounded by steps that are counted (`DecodeLimits`); what
 * was left out for it is in `undecoded`. Never throws. See docs/decisions/0055.
 */
export function decode(text: string, limits: DecodeLimits = decodeLimits): Decoded {
  return decodeCounted(text, limits).decoded;
}

/** As `decode`, with the number of steps that it took. */
export function decodeCounted(
  text: string,
  limits: DecodeLimits,
): { readonly decoded: Decoded; readonly spent: number } {
  const budget = new Budget(limits);
  if (text.length > limits.length) {
    budget.note({ reason: "length", limit: limits.length, steps: [] });
  }
  const layers = new Layers(text.slice(0, limits.length), budget);
  layers.run();
  return { decoded: { decodings: layers.decodings, undecoded: budget.undecoded }, spent: budget.spent };
}

class Layers {
  readonly decodings: Decoding[] = [];
  readonly #open: Layer[];
  readonly #budget: Budget;
  readonly #known = new Set<string>();
  #size = 0;

  constructor(text: string, budget: Budget) {
    this.#budget = budget;
    this.#known.add(text);
    this.#open = [{ text, steps: [], index: undefined, depth: 0 }];
  }

  /** Depth first: what is within a text follows it. */
  run(): void {
    for (let layer = this.#open.pop(); layer !== undefined; layer = this.#open.pop()) {
      const found: Layer[] = [];
      for (const next of this.#within(layer)) {
        if (!this.#add(next, layer, found)) {
          break;
        }
      }
      this.#open.push(...found.reverse());
    }
  }

  *#within(layer: Layer): Generator<Found> {
    const isCommandLine = layer.index === undefined;
    const simpler = simplified(layer.text, isCommandLine, this.#budget);
    if (simpler !== undefined) {
      yield { text: simpler.text, steps: [...simpler.steps], cut: false };
    }
    if (simpler !== undefined && simpler.text.length < this.#budget.limits.size) {
      return;
    }
    if (this.#budget.spend(layer.text.length)) {
      for (const blobs of [base64Blobs, codeBlobs, hexBlobs]) {
        for (const blob of blobs(layer.text)) {
          const found = this.#budget.spend(blob.bytes.length + 1) ? this.#textOf(blob, layer) : undefined;
          if (found !== undefined) {
            yield found;
          }
        }
      }
    }
  }

  /** Bytes as text, unpacked if they are packed. */
  #textOf(blob: Blob, layer: Layer): Found | undefined {
    const plain = textOfBytes(blob.bytes, blob.certainty);
    if (plain !== undefined) {
      const steps: readonly DecodingStep[] = blob.step === "character-codes" ? [blob.step] : [blob.step, plain.step];
      return { text: plain.text, steps, cut: false };
    }
    const isDeflate = blob.bytes.length > SHORTEST_BINARY && /deflate/i.test(layer.text);
    const unpacked = unpack(blob.bytes, isDeflate, this.#budget);
    const text = unpacked === undefined ? undefined : textOfBytes(unpacked.bytes, "named");
    if (unpacked !== undefined && text !== undefined) {
      return { text: text.text, steps: [blob.step, unpacked.step, text.step], cut: unpacked.cut };
    }
    const bytes = unpacked?.bytes ?? blob.bytes;
    const isProgram = bytes[0] === 0x4d && bytes[1] === 0x5a && bytes.length > 64;
    if ((blob.certainty === "named" && bytes.length >= SHORTEST_BINARY) || isProgram || unpacked !== undefined) {
      const steps = [...layer.steps, blob.step, ...(unpacked === undefined ? [] : [unpacked.step])];
      this.#budget.note({ reason: isProgram ? "program" : "binary", limit: bytes.length, steps });
    }
    return undefined;
  }

  /** False: a limit is reached. */
  #add(found: Found, layer: Layer, open: Layer[]): boolean {
    const { limits } = this.#budget;
    if (found.text === "" || this.#known.has(found.text)) {
      return true;
    }
    const steps = [...layer.steps, ...found.steps];
    const reached = this.#reached(layer.depth);
    if (reached !== undefined) {
      this.#budget.note({ ...reached, steps });
      return false;
    }
    const text = found.text.slice(0, limits.size - this.#size);
    const isShort = text.length < found.text.length;
    if (isShort) {
      this.#budget.note({ reason: "size", limit: limits.size, steps });
    }
    this.#size += text.length;
    this.#known.add(found.text);
    const index = this.decodings.length;
    const within = layer.index === undefined ? {} : { within: layer.index };
    this.decodings.push({ steps, ...within, text, cut: found.cut || isShort });
    open.push({ text, steps, index, depth: layer.depth + 1 });
    return true;
  }

  #reached(depth: number): Pick<Undecoded, "reason" | "limit"> | undefined {
    const { limits } = this.#budget;
    if (depth >= limits.depth) {
      return { reason: "depth", limit: limits.depth };
    }
    if (this.decodings.length >= limits.count) {
      return { reason: "count", limit: limits.count };
    }
    return this.#size >= limits.size ? { reason: "size", limit: limits.size } : undefined;
  }
}

interface Found {
  readonly text: string;
  readonly steps: readonly DecodingStep[];
  readonly cut: boolean;
}

/** A text with its expressions evaluated and the tricks of shells undone, as far as that goes. */
function simplified(text: string, isCommandLine: boolean, budget: Budget): Folded | undefined {
  const steps = new Set<DecodingStep>();
  let current = text;
  for (let round = 0; round < FOLDING_ROUNDS; round++) {
    const next = withoutShellTricks(current, budget) ?? folded(current, budget, isCommandLine);
    if (next === undefined || next.text === current) {
      break;
    }
    current = next.text;
    next.steps.forEach((step) => void steps.add(step));
  }
  return steps.size === 0 ? undefined : { text: current, steps };
}
