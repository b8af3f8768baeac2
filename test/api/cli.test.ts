import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { alertSummary } from "#contracts/alert";
import { dryRun } from "#contracts/exception";
import { ingestSummary } from "#contracts/ingest";
import { logonLink } from "#contracts/lineage";
import { playbookView } from "#contracts/playbook";
import { playbookStatistics } from "#contracts/playbook-statistics";
import { shiftReport } from "#contracts/shift-report";
import { sampleCapture } from "../../server/sample/generate.ts";
import { first, wednesday } from "./workbench.ts";

const launcher = join(import.meta.dirname, "../../server/stemma.js");

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-cli-"));
  await writeFile(join(folder, "day.ndjson"), [...sampleCapture(wednesday)].join("\n"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(...args: readonly string[]): ChildProcess {
  const { STEMMA_STORE: _, ...environment } = process.env;
  return spawn(process.execPath, [launcher, ...args], { cwd: folder, env: environment });
}

function collect(child: ChildProcess): { readonly out: () => string; readonly err: () => string } {
  let out = "";
  let err = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  return { out: () => out, err: () => err };
}

async function stemma(...args: readonly string[]): Promise<Ended> {
  const child = start(...args);
  const { out, err } = collect(child);
  const [code] = await once(child, "close");
  return { code, out: out(), err: err() };
}

/** Standard output must be exactly one JSON value. */
const value = ({ out }: Ended): unknown => JSON.parse(out);

describe("the command line", () => {
  it("prints help, and explains wrong usage", async () => {
    expect(await stemma("help")).toMatchObject({ code: 0, out: expect.stringContaining("ingest") });
    expect(await stemma("help", "alerts")).toMatchObject({
      code: 0,
      out: expect.stringContaining("--building-blocks"),
    });
    expect(await stemma()).toMatchObject({ code: 2, out: "", err: expect.stringContaining("Usage") });
    expect(await stemma("dance")).toMatchObject({ code: 2, err: expect.stringContaining('no command "dance"') });
    expect(await stemma("alerts", "--loud")).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("--loud"),
    });
    expect(await stemma("ingest")).toMatchObject({ code: 2, err: expect.stringContaining("at least one path") });
    const missing = await stemma("alerts", "--db", "not-there.db");
    expect(missing).toMatchObject({ code: 2, out: "", err: expect.stringContaining("not-there.db") });
  });

  it("prints the statistics of a playbook, and explains what it cannot find", async () => {
    await stemma("ingest", "day.ndjson", "--db", "statistics.db");
    const statistics = (...args: readonly string[]) =>
      stemma("playbooks", "statistics", ...args, "--db", "statistics.db");
    const { steps, alerts } = playbookStatistics.parse(value(await statistics("wmi-output-capture", "--json")));
    expect(steps.length).toBeGreaterThan(0);
    expect(alerts.walked).toBe(0);
    expect(await statistics("wmi-output-capture", "--period", "all")).toMatchObject({
      code: 0,
      out: expect.stringContaining("0 alerts walked"),
    });
    for (const wrong of [["no-such-playbook"], ["process", "--period", "7d"], []]) {
      expect([wrong, (await statistics(...wrong)).code]).toEqual([wrong, 2]);
    }
  });

  it("reports a shift as Markdown and in JSON, and explains wrong ranges", async () => {
    await stemma("ingest", "day.ndjson", "--db", "shift.db");
    const shift = (...args: readonly string[]) => stemma("report", "--db", "shift.db", ...args);
    const report = await shift("--last", "1d", "--zone", "Europe/Berlin");
    expect(report).toMatchObject({ code: 0, out: expect.stringContaining("(Europe/Berlin), made at ") });
    expect(report.out).toContain("| Suspicious Cmd Execution via WMI |");
    const { opened, rules } = shiftReport.parse(value(await shift("--from", "2020-01-01T00:00Z", "--json")));
    expect(opened.newIncidents).toBe(opened.incidents);
    expect(rules.items.reduce((sum, { raised }) => sum + raised, 0)).toBe(opened.alerts);
    for (const wrong of [
      ["--last", "soon"],
      ["--last", "8h", "--from", "2020-01-01"],
      ["--to", "2020-01-01"],
      ["--from", "2020-01-02", "--to", "2020-01-01"],
      ["--zone", "Atlantis"],
    ]) {
      expect(await shift(...wrong)).toMatchObject({ code: 2, out: "", err: expect.stringContaining("--") });
    }
  });

  it("ingests a capture and triages an alert of it in JSON", async () => {
    const ingested = await stemma("ingest", "day.ndjson", "--json");
    expect(ingested.code).toBe(0);
    const summary = ingestSummary.parse(value(ingested));
    expect(summary).toMatchObject({ files: 1, rejectedTotal: 0, state: "done" });
    expect(summary.events).toBe(summary.records);

    const listed = await stemma("alerts", "--rule", "Suspicious Cmd Execution via WMI", "--user", "adm-lena", "--json");
    const alerts = alertSummary.array().parse(value(listed));
    expect(listed.code).toBe(0);
    expect(new Set(alerts.map(({ rule }) => rule.name))).toEqual(new Set(["Suspicious Cmd Execution via WMI"]));
    const alert = first(alerts.filter(({ rule }) => rule.version === "322"));
    const onHost = alertSummary
      .array()
      .parse(value(await stemma("alerts", "--host", alert.host.toUpperCase(), "--user", "adm-lena", "--json")));
    expect(onHost.map(({ id }) => id)).toContain(alert.id);
    expect(new Set(onHost.map(({ host }) => host))).toEqual(new Set([alert.host]));
    expect(alert).toMatchObject({ status: "open", user: { name: "adm-lena" }, sources: [{ file: "day.ndjson" }, {}] });

    const tree = value(await stemma("tree", alert.id, "--json")) as Record<string, { key: string; name: string }[]>;
    expect(first(tree["ancestors"] ?? []).name.toLowerCase()).toBe("wmiprvse.exe");
    const human = await stemma("tree", alert.id);
    expect(human.out).toContain("▶  cmd.exe");
    // The tree continues on the host that the session came from.
    const links = logonLink.array().parse(tree["links"]);
    const hosts = links.map(({ from, to }) => [from.host, to.host]);
    expect(hosts).toContainEqual([expect.stringMatching(/\.nordwind\.example$/), alert.host]);
    expect(human.out).toMatch(
      /WMIC\.exe \d+, session 0x[0-9a-f]+ on srv-02\.nordwind\.example ═▶ session 0x[0-9a-f]+ on srv-05/,
    );

    const triage = value(await stemma("triage", alert.id, "--json")) as {
      steps: {
        id: string;
        runs: { total: number; coverage: unknown[]; outcome: string }[];
        suggestion?: { value: string };
      }[];
    };
    expect(triage.steps).toHaveLength(6);
    const runs = triage.steps.flatMap((step) => step.runs);
    expect(runs.some(({ outcome, total }) => outcome === "hits" && total > 0)).toBe(true);
    const raising = first(triage.steps.filter(({ suggestion }) => suggestion?.value === "raises"));

    const refused = await stemma("answer", alert.id, raising.id, "lowers", "--note", "ok");
    expect(refused).toMatchObject({ code: 1, out: "", err: expect.stringContaining("stemma answer:") });
    const note = "The vendor confirmed this job by telephone";
    const answered = await stemma("answer", alert.id, raising.id, "lowers", "--note", note, "--json");
    expect(answered.code).toBe(0);
    const view = playbookView.parse(value(answered));
    expect(view.steps.find(({ id }) => id === raising.id)?.answer).toMatchObject({ note, conflict: true });
    const byNumber = await stemma("answer", alert.id, "1", "unresolved", "--evidence", "field:user.name");
    expect(byNumber).toMatchObject({ code: 0, out: expect.stringMatching(/^Verdict: undetermined/) });
    const result = join(folder, "shares.csv");
    await writeFile(result, "name,path\r\nC$,\u202eC:\\\r\n");
    const attached = await stemma("answer", alert.id, "1", "unresolved", "--attach", `${result}=Shares of the host`);
    expect(attached.code).toBe(0);
    const shown = value(await stemma("triage", alert.id, "--json")) as {
      steps: { attached?: { text: string }[]; answer?: { attachments?: { title: string }[] } }[];
    };
    expect(shown.steps[0]).toMatchObject({
      answer: { attachments: [{ title: "Shares of the host" }] },
      attached: [{ text: "name,path\r\nC$,\u202eC:\\\r\n" }],
    });
    expect((await stemma("triage", alert.id)).out).toMatch(/attached: Shares of the host \(\d+ bytes, SHA-256 /);
    expect((await stemma("answer", alert.id, "nothing", "raises")).code).toBe(1);
    expect((await stemma("answer", alert.id, "1", "perhaps", "--evidence", "x")).code).toBe(2);

    const draft = {
      name: "inventory",
      reason: "",
      ruleIds: [alert.rule.id],
      mode: "shadow",
      entries: [
        { type: "match", field: "user.name", value: "svc-inventory", operator: "included", case: "insensitive" },
      ],
    };
    await writeFile(join(folder, "draft.json"), JSON.stringify(draft));
    const preview = dryRun.parse(value(await stemma("exception", "preview", "draft.json", "--json")));
    expect(preview.totals.closesNow).toBeGreaterThan(0);
    const former = { ...draft, entries: draft.entries.map((entry) => ({ ...entry, case: "fold" })) };
    await writeFile(join(folder, "former.json"), JSON.stringify(former));
    const again = dryRun.parse(value(await stemma("exception", "preview", "former.json", "--json")));
    expect(again.totals).toEqual(preview.totals);
    await writeFile(join(folder, "bad.json"), JSON.stringify({ ...draft, entries: [] }));
    const bad = await stemma("exception", "preview", "bad.json", "--json");
    expect(bad).toMatchObject({ code: 2, out: "", err: expect.stringContaining("entries") });
  });

  it("searches the store and files, with one line per query, and continues after a query that fails", async () => {
    const queries = [
      { id: "cmd", query: 'process where process.name == "cmd.exe" and event.code == "1"' },
      { id: "broken", query: "process where (" },
      { id: "none", query: "process where false" },
    ];
    await writeFile(join(folder, "queries.ndjson"), queries.map((query) => JSON.stringify(query)).join("\n"));
    const overStore = await stemma("search", "--lang", "eql", "--queries", "queries.ndjson");
    const overFile = await stemma("search", "--lang", "eql", "--queries", "queries.ndjson", "--data", "day.ndjson");
    for (const { code, out } of [overStore, overFile]) {
      expect(code).toBe(1);
      const lines = out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      expect(lines.map(({ id }) => id)).toEqual(["cmd", "broken", "none"]);
      expect(lines[0].total).toBeGreaterThan(5);
      expect(lines[1].error).toMatchObject({ at: { line: 1 } });
      expect(lines[2]).toMatchObject({ total: 0, events: [] });
    }
    expect(overFile.out).toBe(overStore.out);
  });

  it("prints the events of a search with --json, and their ids with --ids", async () => {
    const query = 'process where process.name == "cmd.exe"';
    const search = async (...options: readonly string[]) =>
      z
        .object({ total: z.number(), events: z.array(z.unknown()) })
        .parse(value(await stemma("search", query, "--limit", "2", ...options)));
    const [whole, ids, plain] = [await search("--json"), await search("--json", "--ids"), await search()];
    expect(plain).toEqual(ids);
    expect(whole.total).toBe(ids.total);
    expect(whole.events).toMatchObject(
      ids.events.map((id) => ({ id, fields: { "process.name": "cmd.exe" }, source: { eventId: id } })),
    );
    expect((await search("--json", "--data", "day.ndjson")).events).toMatchObject(
      ids.events.map((id) => ({ id, fields: { "process.name": "cmd.exe" } })),
    );
  });

  it("searches plain documents by the named fields", async () => {
    const documents = [
      { n: 3, at: 30, kind: "process", name: "b" },
      { n: 1, at: 10, kind: "process", name: "a" },
      { n: 2, at: 20, kind: "file", name: "a" },
    ];
    await writeFile(join(folder, "plain.json"), JSON.stringify(documents));
    const fields = ["--timestamp-field", "at", "--category-field", "kind", "--id-field", "n"];
    const found = await stemma("search", "process where true", "--data", "plain.json", ...fields);
    expect(value(found)).toEqual({ id: "query", total: 2, events: [1, 3] });
  });

  it("searches damaged files with a few of their problems, and exit code 1 only where records were lost", async () => {
    const [line = ""] = [...sampleCapture(wednesday)];
    await writeFile(join(folder, "damaged.ndjson"), [line, ...Array.from({ length: 500 }, () => "{cut")].join("\n"));
    const damaged = await stemma("search", "process where true", "--data", "damaged.ndjson");
    expect(damaged.code).toBe(1);
    expect(damaged.err.trim().split("\n")).toEqual([
      ...[2, 3, 4].map((number) => expect.stringContaining(`damaged.ndjson, line ${number}, `)),
      "… and 497 more problems like these",
    ]);
    const text = Buffer.from(`\ufeff${line}\n`, "utf16le");
    await writeFile(join(folder, "utf-16.ndjson"), text);
    const warned = await stemma("search", "any where true", "--data", "utf-16.ndjson");
    expect(warned).toMatchObject({ code: 0, err: expect.stringContaining("read as UTF-16LE") });
    expect(value(warned)).toMatchObject({ total: 1 });
  });

  it("reports unreadable input with exit code 1 and keeps the rest", async () => {
    await writeFile(join(folder, "mixed.ndjson"), `${[...sampleCapture(wednesday)][0]}\n{"cut in ha`);
    const ended = await stemma("ingest", "mixed.ndjson", "missing.evtx", "--db", "other.db", "--json");
    const summary = ingestSummary.parse(value(ended));
    expect(ended.code).toBe(1);
    expect(summary.events).toBe(1);
    const places = summary.rejected.map(({ at }) => at?.file);
    expect(places).toContain("missing.evtx");
    expect(places).toContain("mixed.ndjson");
  });

  it("explains why it cannot run, with exit code 2 and nothing on standard output", async () => {
    expect((await stemma("ingest", "day.ndjson", "--db", "hurt.db")).code).toBe(0);
    const [alert] = alertSummary.array().parse(value(await stemma("alerts", "--db", "hurt.db", "--json")));
    const database = new DatabaseSync(join(folder, "hurt.db"));
    database.exec("DELETE FROM segments");
    database.close();
    const ended = await stemma("triage", alert?.id ?? "", "--db", "hurt.db", "--json");
    expect(ended).toMatchObject({ code: 2, out: "" });
    expect(ended.err).toMatch(/^stemma: .*damaged/);
  });

  it("lets no control character of a log reach the terminal", async () => {
    const line = first([...sampleCapture(wednesday)].filter((text) => text.includes("ADMIN$")));
    const hostile = line.replace(/cmd\.exe \/Q/, "cmd.exe /Q \\u001b[2J\\u202e");
    await writeFile(join(folder, "hostile.ndjson"), hostile);
    await stemma("ingest", "hostile.ndjson", "--db", "hostile.db");
    const { out } = await stemma("alerts", "--db", "hostile.db");
    expect(out).toContain("\\u{1b}[2J\\u{202e}");
    expect(out).not.toMatch(/[\u001b\u202e]/);
  });

  it("serves, refuses a second server on the same file, and stops cleanly", async () => {
    const server = start("serve", "--port", "0", "--db", "served.db", "--no-sample");
    const output = collect(server);
    try {
      await expect.poll(output.out, { timeout: 30_000 }).toContain("Sign in:");
      const second = await stemma("serve", "--port", "0", "--db", "served.db");
      expect(second).toMatchObject({ code: 2, out: "", err: expect.stringContaining("served.db") });
      server.stdin?.write("\n");
      await expect.poll(() => output.out().match(/Sign in:/g)?.length, { timeout: 30_000 }).toBe(2);
    } finally {
      server.kill("SIGTERM");
    }
    const [code] = await once(server, "close");
    expect(code).toBe(0);
  });
  it("prints nothing but log records as a service, and stops with 0 after SIGTERM", async () => {
    await writeFile(join(folder, "service.toml"), 'port = 0\nstore = "service.db"\nsample = false\nlog_file = "-"\n');
    const server = start("serve", "--config", "service.toml");
    const output = collect(server);
    await vi.waitFor(() => expect(output.err()).toContain("sign-in.link"), { timeout: 30_000 });
    server.kill("SIGTERM");
    const [code] = await once(server, "close");
    const events = output
      .err()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).event);
    const expected = ["audit.head", "server.started", "sign-in.link", "server.stopping", "audit.head"];
    expect([code, output.out(), events]).toEqual([0, "", expected]);
  });

  it.each([
    ["a terminal interrupts", "SIGINT", true],
    ["a service manager ends", "SIGTERM", true],
    ["somebody ends only", "SIGTERM", false],
  ] as const)("stops once when %s it and an older Node that launched it", async (_name, signal, both) => {
    const older = "Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.0.0'}})";
    const args = ["--import", `data:text/javascript,${older}`, launcher, "serve", "--port", "0", "--no-sample"];
    const { STEMMA_STORE: _, ...env } = process.env;
    const server = spawn(process.execPath, [...args, "--db", "interrupted.db"], { cwd: folder, env, detached: true });
    const output = collect(server);
    try {
      await vi.waitFor(() => expect(output.out()).toContain("Sign in:"), { timeout: 60_000 });
      // A negative number is the group of processes.
      process.kill(both ? -Number(server.pid) : Number(server.pid), signal);
      await vi.waitFor(() => expect(server.exitCode).toBe(0), { timeout: 60_000 });
      expect(output.err()).toBe("Stopping.\n");
    } finally {
      if (server.exitCode === null) {
        process.kill(-Number(server.pid), "SIGKILL");
      }
    }
  });

  it("ends at once after a second signal", async () => {
    const server = start("serve", "--port", "0", "--db", "stubborn.db", "--no-sample");
    const output = collect(server);
    await vi.waitFor(() => expect(output.out()).toContain("Sign in:"), { timeout: 30_000 });
    // A request whose body never arrives keeps the server from stopping.
    const { host, hostname, port, pathname, search } = new URL(/http\S+sign-in\S+/.exec(output.out())?.[0] ?? "");
    const signedIn = await fetch(`http://${host}${pathname}${search}`, { redirect: "manual" });
    const headers = {
      Host: host,
      Origin: `http://${host}`,
      Cookie: signedIn.headers.get("set-cookie")?.split(";")[0],
      "Content-Type": "application/json",
      "Content-Length": 9,
      Expect: "100-continue",
    };
    const lines = Object.entries(headers).map(([name, text]) => `${name}: ${text}\r\n`);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => undefined);
    socket.write(`POST /api/v1/hunt HTTP/1.1\r\n${lines.join("")}\r\n`);
    await once(socket, "data");
    server.kill("SIGTERM");
    await vi.waitFor(() => expect(output.err()).toContain("Stopping."));
    server.kill("SIGTERM");
    const [code] = await once(server, "close");
    expect(code).toBe(130);
    socket.destroy();
  });
});
