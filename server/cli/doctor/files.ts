import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "../../config.ts";
import { logProblem } from "../log.ts";
import { loadContent, version } from "../open.ts";
import { bad, type Check, good, ofProblem, sizeText } from "./check.ts";

const GiB = 1024 ** 3;
/** Free space below which an ingest may not get far, and below which the store cannot work. */
const littleSpace = 2 * GiB;
const noSpace = GiB / 10;
/** The oldest Node that runs TypeScript as the server needs it. */
const oldestNode = 24;

export function checkVersions(): readonly Check[] {
  const { node, sqlite = "", openssl } = process.versions;
  const parts = `Node ${node}, SQLite ${sqlite}, OpenSSL ${openssl}, ${process.platform} ${process.arch}`;
  return [
    good("version", `Stemma ${version}`),
    Number(node.split(".")[0]) >= oldestNode
      ? good("runtime", parts)
      : bad("runtime", "fail", parts, `Use Node ${oldestNode} or newer; npm ci installs one.`),
  ];
}

/** The folder of a database file: rights and space. */
export function checkDataFolder(database: string): readonly Check[] {
  const folder = dirname(database);
  if (!existsSync(folder)) {
    return [bad("data folder", "warn", `${folder} does not exist yet`, "It is created with the database.")];
  }
  return [writableFolder(folder), ...readableByOthers(database), diskSpace(folder)];
}

function writableFolder(folder: string): Check {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return good("data folder", `${folder} can be written to`);
  } catch {
    return bad("data folder", "fail", `${folder} cannot be written to`, "Give the user that runs Stemma the right to.");
  }
}

/** Files of a store that hold evidence, sessions or the end of the audit trail. */
const besideDatabase = ["", "-wal", "-shm", ".audit", ".lock", ".ingest.lock", ".turn.lock"];

function readableByOthers(database: string): readonly Check[] {
  const files = besideDatabase.map((suffix) => `${database}${suffix}`).filter((file) => existsSync(file));
  const open = files.filter((file) => (statSync(file).mode & 0o077) !== 0 && isReachable(file));
  return open.length === 0
    ? []
    : [
        bad(
          "file rights",
          "warn",
          `other users of this machine have rights on ${open.join(", ")}`,
          "They hold evidence and sessions: chmod 600, or a folder of its own with mode 700.",
        ),
      ];
}

/** Whether others, or the group, can enter the folder of a file at all. */
function isReachable(file: string): boolean {
  return (statSync(dirname(file)).mode & 0o011) !== 0;
}

function diskSpace(folder: string): Check {
  const { bavail, blocks, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const detail = `${sizeText(free)} of ${sizeText(blocks * bsize)} free in ${folder}`;
  if (free >= littleSpace) {
    return good("disk", detail);
  }
  return bad("disk", free < noSpace ? "fail" : "warn", detail, "Free some space: a full disk stops every write.");
}

export function checkLog(config: Config): readonly Check[] {
  const problem = logProblem(config);
  if (problem !== undefined) {
    return [ofProblem("log", "fail", problem)];
  }
  return config.logFile === undefined || config.logFile === "-" ? [] : [good("log", config.logFile)];
}

export function checkWebApp({ web }: Config): Check {
  return existsSync(join(web, "index.html"))
    ? good("web app", `built in ${web}`)
    : bad("web app", "fail", `not built in ${web}`, "Run npm run build in the checkout.");
}

/** Rules, playbooks, and the folders that they come from. */
export async function checkContent(config: Config): Promise<readonly Check[]> {
  const missingRoots = config.ruleRoots.filter((root) => !existsSync(root));
  const folders = [...config.ruleFolders, ...config.playbookFolders, ...config.ruleRoots];
  const unreadable = folders.filter((folder) => !missingRoots.includes(folder) && !isReadable(folder));
  const { ruleset, ruleFiles, playbooks, playbookProblems } = await loadContent(config);
  const failed = ruleFiles.filter(({ state }) => state === "failed").length;
  return [
    ...unreadable.map((folder) =>
      bad("folders", "fail", `${folder} cannot be read`, "Correct STEMMA_RULES, _PLAYBOOKS or _RULE_ROOTS."),
    ),
    // The server starts without it, and finds it as soon as it is there.
    ...missingRoots.map((root) =>
      bad("rule roots", "warn", `${root} does not exist yet`, "Create it for the user that runs Stemma."),
    ),
    failed === 0
      ? good("rules", `${ruleset.rules.length} load from ${config.ruleFolders.join(", ")}`)
      : bad("rules", "warn", `${failed} of ${ruleFiles.length} files do not load`, "Run stemma rules check."),
    playbookProblems.length === 0
      ? good("playbooks", `${playbooks.all.length} load`)
      : bad("playbooks", "warn", `${playbookProblems.length} do not load`, "Run stemma playbooks check."),
  ];
}

function isReadable(folder: string): boolean {
  try {
    readdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
