import { describe, expect, it } from "vitest";
import { alert } from "../../test/factories/alerts.ts";
import { actorOf, changeStatus, type StatusTables } from "./change-status.ts";

const at = Date.UTC(2024, 4, 6, 10);
const lena = { kind: "analyst", name: "lena" } as const;
const inventory = { id: "exception-1", name: "Inventory service" };

/** Tables that keep what is written to them, in order. */
function recordingTables() {
  const written: { readonly table: string; readonly row: unknown }[] = [];
  const write = (table: string) => async (row: unknown) => {
    written.push({ table, row });
  };
  const tables: StatusTables = {
    alerts: { put: write("alerts") },
    triage: { addTransition: write("transitions") },
    audit: { append: write("audit") },
  };
  return {
    tables,
    written,
    rows: (table: string) => written.filter((one) => one.table === table).map(({ row }) => row),
  };
}

describe("a change of status", () => {
  it("writes the alert, its history and the audit record", async () => {
    const { tables, rows } = recordingTables();
    const before = alert({ status: "closed", closeReason: "benign" });
    const changed = await changeStatus(tables, before, { by: lena, at, to: "open", note: "Came back." });
    expect(changed).toEqual({ ok: true, value: { ...before, status: "open", closeReason: undefined } });
    expect(rows("alerts")).toEqual([{ ...before, status: "open", closeReason: undefined }]);
    expect(rows("transitions")).toEqual([
      { alertId: before.id, at, actor: "lena", from: "closed", to: "open", reason: undefined, note: "Came back." },
    ]);
    expect(rows("audit")).toEqual([
      {
        at,
        actor: { name: "lena" },
        action: "alert.transition",
        subject: { kind: "alert", id: before.id },
        before: { status: "closed", closeReason: "benign" },
        after: { status: "open", note: "Came back." },
      },
    ]);
  });

  it.each([
    { by: lena, reason: "benign", exception: undefined },
    { by: { kind: "detection" }, reason: "duplicate", exception: undefined },
    { by: { kind: "exception", exception: inventory }, reason: "exception", exception: "exception-1" },
    {
      by: { kind: "exception-author", name: "lena", exception: inventory },
      reason: "exception",
      exception: "exception-1",
    },
  ] as const)("has one audit shape for every actor: $by.kind", async ({ by, reason, exception }) => {
    const { tables, rows } = recordingTables();
    await changeStatus(tables, alert(), { by, at, to: "closed", reason, note: "n" });
    expect(rows("audit")).toMatchObject([
      {
        actor: actorOf(by),
        before: { status: "open", closeReason: undefined },
        after: { status: "closed", closeReason: reason, note: "n", exception },
      },
    ]);
  });

  it("records the verdict and the reason for closing against it", async () => {
    const { tables, rows } = recordingTables();
    const override = "The playbook does not know this installer.";
    await changeStatus(tables, alert(), {
      by: lena,
      at,
      to: "closed",
      reason: "benign",
      verdict: "malicious",
      override,
    });
    expect(rows("audit")).toMatchObject([{ after: { verdict: "malicious", override } }]);
    expect(rows("transitions")).toMatchObject([{ note: `Against the verdict: ${override}` }]);
  });

  it("leaves out a note without text", async () => {
    const { tables, rows } = recordingTables();
    await changeStatus(tables, alert(), { by: lena, at, to: "acknowledged", note: "  " });
    expect(rows("transitions")).toMatchObject([{ note: undefined }]);
  });

  it("keeps other changes to the alert that are part of the same write", async () => {
    const { tables, rows } = recordingTables();
    const merged = alert({ status: "closed", closeReason: "benign", message: "matched again" });
    await changeStatus(tables, merged, { by: { kind: "detection" }, at, to: "open" });
    expect(rows("alerts")).toMatchObject([{ message: "matched again", status: "open" }]);
  });

  it("writes nothing when the workflow refuses", async () => {
    const { tables, written } = recordingTables();
    const worked = alert({ status: "acknowledged" });
    const close = { by: { kind: "exception", exception: inventory }, at, to: "closed", reason: "exception" } as const;
    expect(await changeStatus(tables, worked, close)).toMatchObject({
      ok: false,
      error: { code: "workflow.invalid-transition" },
    });
    expect(written).toEqual([]);
  });
});
