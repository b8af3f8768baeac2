import { appendFileSync, readFileSync } from "node:fs";
import { z } from "zod";
import type { AuditHead, NotedEnds } from "../../audit/port.ts";

/** Stored: do not rename its properties. */
const line = z.union([
  z.object({ at: z.string(), sequence: z.number(), hash: z.string() }),
  /** From here on another trail is noted: the database is new, or somebody accepted that its trail is a shorter one. */
  z.object({ at: z.string(), restart: z.enum(["new", "accepted"]) }),
]);
type Line = z.infer<typeof line>;

/**
 * The ends of the audit trail, in a file beside the database to which lines are only appended. Whoever removes the last
 * records of the trail in the database does not reach it: the trail then lacks what was noted. See
 * docs/decisions/0054.
 */
export class AuditAnchor {
  readonly #path: string;

  constructor(database: string) {
    this.#path = `${database}.audit`;
  }

  noted(): NotedEnds {
    const { text, ...state } = this.#read();
    const lines = text.split("\n").filter((one) => one !== "");
    const read = lines.map((one) => parsed(one));
    const restart = read.findLastIndex((one) => one !== undefined && "restart" in one);
    const current = read.slice(restart + 1);
    return {
      ...state,
      file: this.#path,
      ends: current.flatMap((one) => (one !== undefined && "hash" in one ? [one] : [])),
      unreadable: current.filter((one) => one === undefined).length,
    };
  }

  /** Notes the end of the trail after a commit. `at` is in epoch milliseconds. */
  note({ sequence, hash }: AuditHead, at: number, restart?: "new" | "accepted"): void {
    if (restart !== undefined) {
      this.restart(restart, at);
    }
    this.#append({ at: new Date(at).toISOString(), sequence, hash });
  }

  restart(restart: "new" | "accepted", at: number): void {
    this.#append({ at: new Date(at).toISOString(), restart });
  }

  #append(value: Line): void {
    try {
      appendFileSync(this.#path, `${JSON.stringify(value)}\n`, { mode: 0o600 });
    } catch (error) {
      // The change is stored and must not look as if it were not. The next line that can be written covers it.
      process.emitWarning(`the end of the audit trail cannot be noted in ${this.#path}: ${String(error)}`);
    }
  }

  #read(): Pick<NotedEnds, "isKept" | "failure"> & { readonly text: string } {
    try {
      return { isKept: true, text: readFileSync(this.#path, "utf8") };
    } catch (error) {
      const code = errorCode(error);
      // Only a file that is not there is one that nothing was noted in.
      return code === "ENOENT" ? { isKept: false, text: "" } : { isKept: true, text: "", failure: code };
    }
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function parsed(text: string): Line | undefined {
  try {
    return line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
