import { z } from "zod";
import { comparedLine } from "./compared-line.ts";
import { playbookDetail } from "./playbook-detail.ts";
import { problem } from "./problem.ts";
import { ruleNote } from "./rule.ts";
import { timestamp } from "./time.ts";

const fileName = z
  .string()
  .regex(/^[A-Za-z0-9][\w .-]{0,120}\.(?:md|txt|ya?ml)$/, "expected a plain file name with .md, .txt or .yml")
  .describe("Its file name.");

export const playbookDraft = z
  .object({ text: z.string().min(1).max(1_000_000).describe("The whole file."), name: fileName })
  .strict()
  .meta({ id: "PlaybookDraft", description: "A playbook that is not saved yet." });
export type PlaybookDraft = Readonly<z.infer<typeof playbookDraft>>;

export const playbookCheck = z
  .object({
    problems: z.array(problem).describe("Why it cannot be used. Their places are in the text."),
    playbook: playbookDetail.optional().describe("As it would be loaded, with `warnings` that do not prevent its use."),
  })
  .meta({ id: "PlaybookCheck", description: "The problems of a draft, and what it is compiled to." });
export type PlaybookCheck = Readonly<z.infer<typeof playbookCheck>>;

export const savePlaybookRequest = playbookDraft
  .extend({
    folder: z.string().describe("One of the own folders of playbooks."),
    replace: z.boolean().default(false).describe("Whether a file of this name is replaced. It must hold a playbook."),
    note: ruleNote,
  })
  .strict()
  .meta({ id: "SavePlaybookRequest", description: "A draft, and where to save it." });
export type SavePlaybookRequest = Readonly<z.infer<typeof savePlaybookRequest>>;

export const savedPlaybook = z
  .object({ id: z.string(), file: z.string().describe("The path of the file.") })
  .meta({ id: "SavedPlaybook", description: "The id and the file of a saved playbook." });

export const playbookFolder = z.object({
  path: z.string(),
  shipped: z.boolean().describe("Part of Stemma: nothing is saved there."),
  writable: z.boolean(),
  playbooks: z.number().describe("Playbooks in use from there."),
});
export type PlaybookFolder = Readonly<z.infer<typeof playbookFolder>>;

export const playbookFolders = z
  .object({ folders: z.array(playbookFolder), problems: z.array(problem).describe("Why files could not be used.") })
  .meta({ id: "PlaybookFolders", description: "The folders of playbooks. Own ones come before the shipped one." });

export const playbookFile = z
  .object({
    text: z.string(),
    name: z.string(),
    folder: z.string(),
    writable: z.boolean().describe("False for a shipped playbook: save a copy in an own folder."),
    versions: z
      .array(
        z.object({
          sequence: z.number().describe("The number of the audit record."),
          at: timestamp,
          actor: z.string(),
          note: z.string(),
        }),
      )
      .describe("Texts that were saved in the workbench, newest first; at most 20."),
    totalVersions: z.number(),
  })
  .meta({ id: "PlaybookFile", description: "The file of a playbook as it is now, and former texts." });
export type PlaybookFile = Readonly<z.infer<typeof playbookFile>>;

export const playbookVersion = z
  .object({
    text: z.string(),
    lines: z.array(comparedLine).describe("Left: that version. Right: the file as it is now."),
  })
  .meta({ id: "PlaybookVersion", description: "A former text of a playbook, beside the present one." });
export type PlaybookVersion = Readonly<z.infer<typeof playbookVersion>>;
