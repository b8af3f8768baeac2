import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";
import type { ProposalClient } from "#contracts/proposal";
import { visible } from "../lib/visible.ts";
import { dataNotice, refusalResult, toolResult } from "./answer.ts";
import type { Api } from "./api.ts";
import { instructions, triagePrompt } from "./prompts.ts";
import type { Tool } from "./tool.ts";
import { alertTools } from "./tools/alerts.ts";
import { lineageTools } from "./tools/lineage.ts";
import { playbookTools } from "./tools/playbooks.ts";
import { proposalTools } from "./tools/proposals.ts";

export const tools: readonly Tool[] = [...alertTools, ...lineageTools, ...playbookTools, ...proposalTools];

export interface McpOptions {
  readonly api: Api;
  readonly version: string;
  /** What the client said of itself, if the transport knows; else what it says when it initializes. */
  readonly client?: ProposalClient;
  /** Called with what a tool threw: a bug. */
  readonly onError: (error: unknown) => void;
}

/** The MCP server over an API. It owns no transport. */
export function mcpServer({ api, version, client, onError }: McpOptions): McpServer {
  const server = new McpServer(
    { name: "stemma", title: "Stemma", version },
    { instructions: `${instructions}\n\n${dataNotice}` },
  );
  for (const { name, title, description, input, effect, run } of tools) {
    const annotations = {
      title,
      readOnlyHint: effect === "read",
      destructiveHint: false,
      idempotentHint: effect === "read",
      openWorldHint: false,
    };
    server.registerTool(name, { title, description, inputSchema: input.strict(), annotations }, async (args, extra) => {
      try {
        const context = { api, client: client ?? clientOf(server), signal: extra.signal };
        const result = await run(args, context);
        return result.ok ? toolResult(result.value) : refusalResult(result.error);
      } catch (error) {
        onError(error);
        return refusalResult({ code: "server.internal-error", detail: "The tool failed." });
      }
    });
  }
  server.registerPrompt(
    "triage_alert",
    {
      title: "Triage an alert",
      description: "Work through the playbook of an alert and propose answers.",
      argsSchema: {
        alert: z.string().max(200).describe("Id of the alert; without one, the worst open one.").optional(),
      },
    },
    ({ alert }) => ({ messages: [{ role: "user", content: { type: "text", text: triagePrompt(alert) } }] }),
  );
  return server;
}

function clientOf(server: McpServer): ProposalClient | undefined {
  const info = server.server.getClientVersion();
  return info === undefined ? undefined : clientFrom(info);
}

/** The name of a client, with nothing hidden in it, shortened to what a proposal can hold. */
export function clientFrom({
  name,
  version,
}: {
  readonly name: string;
  readonly version?: string;
}): ProposalClient | undefined {
  const shown = visible(name.trim()).slice(0, 100);
  return shown === "" ? undefined : { name: shown, version: version && visible(version).slice(0, 50) };
}
