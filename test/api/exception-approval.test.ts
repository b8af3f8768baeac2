import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { draftOfException, type ExceptionDraft } from "#contracts/exception";
import { sendWithToken, signedInAs, tokenFor } from "./people.ts";
import { first, startApi, type TestApi } from "./workbench.ts";

const why = "The owners of the inventory service confirmed it";

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ STEMMA_BROAD_EXCEPTIONS: "second-person" });
});
afterAll(() => api.stop());

const alertWith = async (text: string) => {
  const queue = await api.get("queue", { query: { group: "none" } });
  const alerts = queue.items.flatMap((item) => item.alerts);
  return first(alerts.filter(({ process }) => process.commandLine?.includes(text) === true));
};

describe("a broad exception where the settings ask for a second person", () => {
  let draft: ExceptionDraft;
  beforeAll(async () => {
    const value = "*Nordwind\\\\Inventory\\\\swlist.exe*";
    const { rule } = await alertWith("swlist.exe");
    draft = {
      ...{ name: "Inventory anywhere", reason: why, ruleIds: [rule.id], mode: "enforced", breadthReason: why },
      entries: [{ type: "wildcard", field: "process.command_line", value, operator: "included", case: "insensitive" }],
    };
  });

  const saveIt = async () => {
    const run = await api.get("exceptionDryRun", { body: draft });
    expect(run).toMatchObject({ broadPolicy: "second-person", breadth: { level: "broad" } });
    return { run, ...(await api.get("saveException", { body: { draft, dryRunToken: run.token } })) };
  };

  it("is saved in shadow mode, and waits", async () => {
    const { run, exception, closed } = await saveIt();
    expect(closed).toBe(0);
    expect(exception).toMatchObject({
      mode: "shadow",
      approval: { wants: "enforced", requestedBy: "lena", reasons: [expect.stringContaining("broad")] },
    });
    expect((await api.get("exceptionDryRun", { body: draft })).totals.closesNow).toBe(run.totals.closesNow);
  });

  it("is enforced by another author only, after a dry run", async () => {
    const { exception } = await saveIt();
    const params = { id: exception.id };
    const enforced = { ...draftOfException.parse(exception), mode: "enforced" as const };
    const run = await api.get("exceptionDryRun", { body: enforced });
    const body = { dryRunToken: run.token, reason: why };

    const own = await api.send("approveException", { params, body });
    expect([own.status, own.body.code]).toEqual([409, "exception.same-person"]);
    const rejected = await api.send("rejectException", { params, body: { reason: why } });
    expect(rejected.body.code).toBe("exception.same-person");
    const program = await sendWithToken(api, await tokenFor(api, "triage"), "approveException", { params, body });
    expect([program.status, program.body.code]).toEqual([403, "access.denied"]);
    const analyst = await signedInAs(api, "analyst");
    expect((await api.send("approveException", { params, body, cookie: analyst.cookie })).status).toBe(403);

    const author = await signedInAs(api, "author");
    const { cookie } = author;
    const stale = await api.send("approveException", { params, cookie, body: { ...body, dryRunToken: "unseen" } });
    expect([stale.status, stale.body.code]).toEqual([409, "exception.dry-run-stale"]);
    const approved = await api.get("approveException", { params, cookie, body });
    expect(approved).toMatchObject({
      closed: run.totals.closesNow,
      exception: {
        id: exception.id,
        mode: "enforced",
        createdBy: "lena",
        approval: { decision: { kind: "approved", by: author.person.name, reason: why } },
      },
    });
    const closed = await api.get("alert", { params: { id: first(run.closesNow).id } });
    expect(closed).toMatchObject({ status: "closed", closeReason: "exception" });
    const audit = await api.get("audit", { query: { kind: "exception", id: exception.id } });
    expect(audit.items.map(({ action }) => action)).toEqual(["exception.approve", "exception.save"]);
    const again = await api.send("rejectException", { params, cookie, body: { reason: why } });
    expect([again.status, again.body.code]).toEqual([409, "exception.not-waiting"]);
  });

  it("stays in shadow mode when another author rejects it", async () => {
    const { exception } = await saveIt();
    const { cookie } = await signedInAs(api, "author");
    const params = { id: exception.id };
    const rejected = await api.get("rejectException", { params, cookie, body: { reason: "Name the hosts" } });
    expect(rejected).toMatchObject({ mode: "shadow", approval: { decision: { kind: "rejected" } } });
    expect(await api.get("exception", { params })).toMatchObject({ mode: "shadow" });
  });
});

describe("an exception for alerts judged malicious", () => {
  let draft: ExceptionDraft;
  let id: string;
  beforeAll(async () => {
    id = (await alertWith("MiniDump")).id;
    const proposed = (await api.get("exceptionDraft", { params: { id } })).draft;
    draft = { ...proposed, reason: why, mode: "enforced" };
    await api.get("transition", { params: { id }, body: { to: "escalated", note: "looks like a dump of LSASS" } });
    await api.get("transition", { params: { id }, body: { to: "open", note: "somebody else looks at it first" } });
  });
  const save = async (change: Partial<ExceptionDraft> = {}, overrideReason?: string) => {
    const body = { ...draft, ...change };
    const run = await api.get("exceptionDryRun", { body });
    return {
      run,
      response: await api.send("saveException", { body: { draft: body, dryRunToken: run.token, overrideReason } }),
    };
  };

  it("is not enforced, and says why and what would leave them out", async () => {
    const { run, response } = await save();
    expect(run.redStop).toMatchObject({ total: run.confirmedMalicious.length, narrowing: { kind: "none" } });
    expect(run.redStop?.because).toContainEqual({ alert: id, text: "It was once escalated." });
    expect([response.status, response.body.code]).toEqual([409, "exception.hides-malicious"]);
    expect((await save({}, "ok")).response.body.code).toBe("exception.hides-malicious");
  });

  it("is saved in shadow mode", async () => {
    const { response } = await save({ mode: "shadow", name: "shadow" });
    expect(response.body.exception).toMatchObject({ mode: "shadow" });
    expect(response.body.exception.approval).toBeUndefined();
  });

  it("is enforced only when a second person overrides it", async () => {
    const { run, response } = await save({ name: "override" }, "A red team exercise that is over by now");
    const { exception, closed } = response.body;
    expect(closed).toBe(0);
    expect(exception.approval).toMatchObject({ reasons: [expect.stringContaining("judged malicious")] });
    const { cookie } = await signedInAs(api, "author");
    const params = { id: exception.id };
    const again = { ...draftOfException.parse(exception), mode: "enforced" as const };
    const { token } = await api.get("exceptionDryRun", { body: again });
    const approved = await api.get("approveException", { params, cookie, body: { dryRunToken: token, reason: why } });
    expect(approved).toMatchObject({ closed: run.totals.closesNow, exception: { mode: "enforced" } });
  });
});

describe("a draft that was meant in another way", () => {
  it("is not saved, and the dry run says how to write it", async () => {
    const { id } = await alertWith("collect.cmd");
    const { draft } = await api.get("exceptionDraft", { params: { id } });
    const entry = { type: "wildcard", field: "process.parent.executable", value: "C:\\Windows\\*" } as const;
    const typed = {
      ...draft,
      entries: [...draft.entries, { ...entry, operator: "included", case: "insensitive" } as const],
    };
    const run = await api.get("exceptionDryRun", { body: typed });
    const note = first(run.notes);
    expect(note).toMatchObject({ entry: draft.entries.length, weight: "error", fix: { value: "C:\\\\Windows\\\\*" } });
    expect(run.entryMatches.at(-1)).toBe(0);
    const response = await api.send("saveException", { body: { draft: typed, dryRunToken: run.token } });
    expect([response.status, response.body.code]).toEqual([400, "exception.draft-invalid"]);
    expect(response.body.errors).toMatchObject([{ field: `draft.entries.${draft.entries.length}.value` }]);
    const proposal = { params: { id }, body: { draft: typed, rationale: "known" } };
    expect((await api.send("proposeException", proposal)).body.code).toBe("exception.draft-invalid");
  });
});
