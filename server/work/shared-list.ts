import { setImmediate } from "node:timers/promises";
import { deserialize, serialize } from "node:v8";

/** Values per slice: serializing one takes a few milliseconds. */
const SLICE = 100;

/** A list of plain values in memory that all threads read. */
export interface SharedList {
  /** Identifies the list: a thread keeps what it has read as long as this stays the same. */
  readonly version: number;
  readonly slices: readonly SharedArrayBuffer[];
}

/** Shares lists, each once. */
export class ListSharing {
  readonly #shared = new WeakMap<object, Promise<SharedList>>();
  #versions = 0;

  of(list: readonly unknown[]): Promise<SharedList> {
    const known = this.#shared.get(list);
    if (known !== undefined) {
      return known;
    }
    this.#versions += 1;
    const shared = share(list, this.#versions);
    this.#shared.set(list, shared);
    return shared;
  }
}

async function share(list: readonly unknown[], version: number): Promise<SharedList> {
  const slices: SharedArrayBuffer[] = [];
  for (let start = 0; start < list.length; start += SLICE) {
    const bytes = serialize(list.slice(start, start + SLICE));
    const slice = new SharedArrayBuffer(bytes.byteLength);
    new Uint8Array(slice).set(bytes);
    slices.push(slice);
    await setImmediate();
  }
  return { version, slices };
}

/** The list in a thread. Its values are of the type that was shared. */
export function readSharedList<T>({ slices }: SharedList): readonly T[] {
  return slices.flatMap((slice): readonly T[] => deserialize(Buffer.from(new Uint8Array(slice))));
}
