import type { RequestProblem } from "#contracts/problem";
import type { WorkKind, WorkProgress } from "#contracts/work";
import type { Authority } from "../people/authority.ts";
import type { Damage } from "../store/damage.ts";
import type { SharedContent } from "./shared-content.ts";

/** Messages between the pool and its threads. All are plain values: they are copied. */
export interface ToThread {
  readonly id: string;
  readonly kind: WorkKind;
  readonly input: unknown;
  /** Who asked for it, if it writes. */
  readonly authority: Authority | undefined;
  /** When it starts: epoch milliseconds by the clock of the server. */
  readonly at: number;
  readonly content: SharedContent;
  /** Whether it goes on without what is damaged in the store. */
  readonly toleratesDamage: boolean;
}

export type FromThread =
  | { readonly kind: "progress"; readonly id: string; readonly progress: WorkProgress }
  /** The result as far as it has come, for whoever follows the work. */
  | { readonly kind: "partial"; readonly id: string; readonly value: unknown }
  | { readonly kind: "done"; readonly id: string; readonly result: unknown; readonly damage?: Damage | undefined }
  | { readonly kind: "cancelled"; readonly id: string }
  /** The store cannot complete a call, or a value in the request is of no use (`BadRequestError`). */
  | {
      readonly kind: "refused";
      readonly id: string;
      readonly by: "store" | "request";
      readonly problem: RequestProblem;
    }
  | { readonly kind: "failed"; readonly id: string; readonly error: string };

/** In shared memory, so that a thread sees it in the middle of its work: see `beforeRead` of the stores. */
export const CANCEL_BYTES = 4;

export function isCancelled(flag: Int32Array): boolean {
  return Atomics.load(flag, 0) === 1;
}

export function setCancelled(flag: Int32Array, cancelled: boolean): void {
  Atomics.store(flag, 0, cancelled ? 1 : 0);
}
