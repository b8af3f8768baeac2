import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problemDetails } from "#contracts/problem";
import { verifyBundle } from "../../server/evidence/verify.ts";
import { first, startApi, type TestApi } from "./workbench.ts";

let api: TestApi;
let key: string;
beforeAll(async () => {
  api = await startApi();
  const { items } = await api.get("queue");
  key = first(items.toSorted((a, b) => b.alertCount - a.alertCount)).key;
});
afterAll(() => api.stop());

const bundle = (query: { readonly format?: "html" | "json"; readonly everything?: boolean } = {}) =>
  api.send("incidentBundle", { params: { key }, query }).buffer(true);

describe("the bundle of an incident", () => {
  it("is a page to save that is verified without the server", async () => {
    const { status, headers, text } = await bundle();
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-disposition"]).toMatch(/^attachment; filename="bundle-[\dTZ]+-[a-z0-9-]+\.html"$/);
    expect(headers["cache-control"]).toBe("no-store");
    const verified = verifyBundle(Buffer.from(text));
    expect(verified).toMatchObject({ ok: true, kind: "html", bundle: { made: { by: "lena" }, omitted: [] } });
    expect(verified.bundle?.sections.rules.every(({ versions }) => versions.length > 0)).toBe(true);
    expect(headers["etag"]).toBe(`"html.${verified.bundle?.hashes.bundle}"`);
  });

  it("is the same document alone", async () => {
    const page = await bundle();
    const alone = await bundle({ format: "json" });
    expect(alone.headers["content-disposition"]).toMatch(/\.json"$/);
    const [inPage, document] = [page, alone].map(({ text }) => verifyBundle(Buffer.from(text)));
    expect(document).toMatchObject({ ok: true, kind: "json" });
    // They were made one after the other: times differ by milliseconds.
    expect(document?.bundle?.sections).toEqual(inPage?.bundle?.sections);
    expect(document?.bundle?.hashes.sections).toEqual(inPage?.bundle?.hashes.sections);
  });

  it("leaves no trace: no audit record, and the version of the incident is the same", async () => {
    const versionOf = async () => (await api.send("incidentQuestions", { params: { key } })).headers["etag"];
    const before = await versionOf();
    const { total } = await api.get("audit");
    await bundle({ everything: true });
    expect([await versionOf(), (await api.get("audit")).total]).toEqual([before, total]);
  });

  it("is refused where there is no incident", async () => {
    const { status, body } = await api.send("incidentBundle", { params: { key: "none" } });
    expect([status, problemDetails.parse(body).code]).toEqual([404, "incident.not-found"]);
  });
});
