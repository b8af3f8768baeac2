import type { ValueList } from "#contracts/value-list";

/** A part of the values of a list. Lists are stored in parts so that no row becomes large. */
export interface ValueListPart {
  readonly list: string;
  readonly part: number;
  readonly values: readonly string[];
}

export interface ValueListReader {
  get(id: string): Promise<ValueList | undefined>;
  /** All lists, by name. There are at most a few hundred. */
  all(): Promise<readonly ValueList[]>;
  /** The values of a list in their order; none for an unknown list. */
  values(id: string): Promise<readonly string[]>;
}

export interface ValueListWriter extends ValueListReader {
  /** Adds a list, or replaces the one with its id; its values stay. */
  put(list: ValueList): Promise<void>;
  putPart(part: ValueListPart): Promise<void>;
  /** Removes all values of a list. */
  clear(id: string): Promise<void>;
  /** Removes a list with its values. */
  delete(id: string): Promise<void>;
}
