import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ingest } from "../../server/pipeline/ingest.ts";
import { first, startApi, type TestApi, wednesday } from "./workbench.ts";

const script = "<script>alert(1)</script>";
const controls = "\u001b[2J\u0007\u0000\u202e";
const sql = `'; DROP TABLE events; --`;
const commandLine = `cmd.exe /Q /c echo ${script}${controls}${sql} 1> \\\\127.0.0.1\\ADMIN$\\__1.2 2>&1`;

/** One Sysmon start as Winlogbeat writes it, with hostile text in every value. */
const document = `{"@timestamp":"2026-06-16T10:00:00.000Z","host":{"name":"Evil<b>Host"},"__proto__":{"polluted":"yes"},
"constructor":{"prototype":{"polluted":"yes"}},"winlog":{"provider_name":"Microsoft-Windows-Sysmon",
"channel":"Microsoft-Windows-Sysmon/Operational","computer_name":"Evil<b>Host","event_id":"1","record_id":7,"event_data":
{"UtcTime":"2026-06-16 10:00:00.000","ProcessGuid":"{9E40B2F1-C5C0-6AFF-0069-000000001A00}","ProcessId":"2056",
"Image":"C:\\\\Windows\\\\System32\\\\cmd.exe","CommandLine":${JSON.stringify(commandLine)},"User":"EVIL\\\\o'${script}",
"LogonId":"0x1234","__proto__":"polluted","ParentProcessGuid":"{9E40B2F1-C5C0-6AFF-0068-000000001A00}",
"ParentProcessId":"1000","ParentImage":"C:\\\\Windows\\\\System32\\\\wbem\\\\WmiPrvSE.exe",
"ParentCommandLine":"wmiprvse.exe -secured"}}}`.replaceAll("\n", "");

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ STEMMA_SAMPLE: "off" });
  const { store, rules } = api.workbench;
  const file = join(dirname(api.config.store), "hostile.ndjson");
  await writeFile(file, `${document}\n`);
  const summary = await ingest({
    store,
    detector: rules.current.detector,
    paths: [file],
    actor: { name: "lena" },
    clock: () => wednesday,
  });
  expect(summary).toMatchObject({ events: 1, rejectedTotal: 0 });
});
afterAll(() => api.stop());

const hostileAlert = async () => {
  const queue = await api.get("queue", { query: { group: "none" } });
  return first(queue.items.flatMap(({ alerts }) => alerts));
};

describe("hostile values", () => {
  it("are returned by the API exactly as recorded", async () => {
    const alert = await hostileAlert();
    expect(alert.process.commandLine).toBe(commandLine);
    const detail = await api.get("alert", { params: { id: alert.id } });
    expect(detail.fields["process.command_line"]).toBe(commandLine);
    const raw = await api.send("rawEvent", { params: { id: first(alert.sources).eventId } });
    expect(raw.text).toContain("__proto__");
    expect(raw.type).toBe("application/json");
    expect(raw.headers["x-content-type-options"]).toBe("nosniff");
  });

  it("pollute no prototype", () => {
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("can be searched for, and have host and user pages", async () => {
    const query = `process where process.command_line : "*DROP TABLE events*"`;
    const found = await api.get("hunt", { body: { language: "eql", query } });
    expect(found).toMatchObject({ total: 1, exact: true });
    const alert = await hostileAlert();
    const host = await api.get("host", { params: { key: alert.host } });
    expect(host.host).toBe("evil<b>host");
    const users = await api.get("users");
    const user = first(users.items.filter(({ account }) => account.name.includes(script)));
    expect((await api.get("user", { params: { key: user.key } })).processes.total).toBe(1);
  });

  it("stay plain text in notes and exceptions", async () => {
    const { id } = await hostileAlert();
    const playbook = await api.get("playbook", { params: { id } });
    const step = first(playbook.steps).id;
    const note = `${script}${sql}`;
    const after = await api.get("answer", { params: { id, step }, body: { value: "raises", note } });
    expect(first(after.steps).answer?.note).toBe(note);
    const { draft } = await api.get("exceptionDraft", { params: { id } });
    const entry = {
      type: "match",
      field: "__proto__",
      value: script,
      operator: "included",
      case: "sensitive",
    } as const;
    const run = await api.get("exceptionDryRun", { body: { ...draft, entries: [...draft.entries, entry] } });
    expect(run.totals.closesNow).toBe(0);
  });

  it("are refused by name if they are keys of a body", async () => {
    const { id } = await hostileAlert();
    const response = await api
      .send("transition", { params: { id } })
      .send(undefined)
      .type("json")
      .send('{"to":"acknowledged","constructor":{"prototype":{"polluted":true}}}');
    expect(response.status).toBe(400);
    expect(response.body.errors).toMatchObject([{ field: "constructor" }]);
  });
});
