import type { z } from "zod";
import type { ProposalClient } from "#contracts/proposal";
import { ok, type Result } from "../lib/result.ts";
import type { Answer } from "./answer.ts";
import type { Api, ApiRefusal } from "./api.ts";

/** What a tool works with. */
export interface ToolContext {
  readonly api: Api;
  /** What the client said of itself. */
  readonly client: ProposalClient | undefined;
  /** Aborts when the client does not wait for the answer any more. */
  readonly signal: AbortSignal;
}

/** One tool of the MCP server. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  /** `read` changes nothing; `propose` leaves a proposal or withdraws one. */
  readonly effect: "read" | "propose";
  /** `input` was parsed by the schema of the tool. */
  run(input: unknown, context: ToolContext): Promise<Result<Answer, ApiRefusal>>;
}

/** A tool whose input has the type of its schema. */
export function tool<I extends z.ZodObject>(
  definition: Omit<Tool, "input" | "run"> & {
    readonly input: I;
    run(input: z.output<I>, context: ToolContext): Promise<Result<Answer, ApiRefusal>>;
  },
): Tool {
  const { input, run } = definition;
  return { ...definition, run: (given, context) => run(input.parse(given), context) };
}

/** The answer that a response becomes; a refusal stays one. */
export function answered<T>(result: Result<T, ApiRefusal>, answer: (value: T) => Answer): Result<Answer, ApiRefusal> {
  return result.ok ? ok(answer(result.value)) : result;
}

/** "3 of 12 alerts" or "12 alerts". */
export function counted(shown: number, total: number, noun: string): string {
  return shown < total ? `${shown} of ${total} ${noun}s` : `${total} ${noun}${total === 1 ? "" : "s"}`;
}
