import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Decoded } from "#contracts/decoding";
import { Refusal } from "../test/fake-api.ts";
import { me } from "../test/fixtures/queue.ts";
import { renderPage } from "../test/render-page.tsx";
import { DecodedFields, DecodedText } from "./decoded.tsx";

const nested: Decoded = {
  decodings: [
    { steps: ["base64", "utf-16le"], text: "IEX $(\n\tgunzip)\u202e", cut: false },
    { steps: ["base64", "utf-16le", "base64", "gzip", "utf-8"], within: 0, text: "<b>whoami</b>", cut: true },
  ],
  undecoded: [
    { reason: "depth", limit: 8, steps: ["base64"] },
    { reason: "binary", limit: 4096, steps: ["base64", "gzip"] },
    { reason: "program", limit: 11_264, steps: ["base64", "deflate"] },
  ],
};
const open = (decoded: Decoded | Refusal) =>
  renderPage(<DecodedText text="powershell -enc SQBFAFgA" />, { api: { me: () => me, decode: () => decoded } });

describe("decoded text", () => {
  it("stands beside the original, marked, with the chain of steps to each", async () => {
    const { api } = open(nested);
    const region = await screen.findByRole("group", { name: "Decoded" });
    expect(api.calls("decode")[0]?.body).toEqual({ text: "powershell -enc SQBFAFgA" });
    expect(region.textContent).toContain("Decodedbase64, UTF-16LE");
    expect(region.textContent).toContain("base64, UTF-16LE → base64, gzip, UTF-8");
  });

  it("is text, with what hides or reorders it made visible", async () => {
    open(nested);
    const region = await screen.findByRole("group", { name: "Decoded" });
    expect(region.textContent).toContain("<b>whoami</b>");
    expect(region.querySelector("b")).toBeNull();
    expect(region.textContent).toContain("IEX $(\n  gunzip)U+202E");
  });

  it("says what was left out", async () => {
    open(nested);
    expect(await screen.findByText("Cut off after 13 characters.")).toBeDefined();
    expect(screen.getByText("Encoded more than 8 times: stopped at depth 8.")).toBeDefined();
    expect(screen.getByText("base64 → gzip: 4,096 bytes that are no text.")).toBeDefined();
    expect(screen.getByText("base64 → deflate: 11,264 bytes of a Windows program.")).toBeDefined();
  });

  it("leaves out what the next one has in plain, where it is brief", async () => {
    const decodings: Decoded["decodings"] = [
      { steps: ["base64", "utf-16le"], text: "IEX ('who'+'ami')", cut: false },
      { steps: ["base64", "utf-16le", "concatenation"], within: 0, text: "IEX ('whoami')", cut: false },
    ];
    renderPage(<DecodedText text="x" isBrief />, {
      api: { me: () => me, decode: () => ({ decodings, undecoded: [] }) },
    });
    expect((await screen.findByText(/IEX/)).textContent).toBe("IEX ('whoami')\n");
  });

  it("is copied as it is", async () => {
    const { user } = open(nested);
    await user.click(await screen.findByRole("button", { name: "Copy the text decoded by base64, UTF-16LE" }));
    expect(await navigator.clipboard.readText()).toBe("IEX $(\n\tgunzip)\u202e");
  });

  it("shows nothing where nothing is encoded", async () => {
    const { api } = open({ decodings: [], undecoded: [] });
    await waitFor(() => expect(api.calls("decode")).toHaveLength(1));
    expect(screen.queryByRole("group")).toBeNull();
  });

  it("says that it could not be decoded", async () => {
    open(new Refusal(503, "The store does not answer."));
    expect(await screen.findByText(/^Not decoded: /)).toBeDefined();
  });
});

describe("the decoded fields of an event", () => {
  it("are those in which something may be encoded, each once", async () => {
    const fields = {
      "process.command_line": ["one", "one"],
      "powershell.file.script_block_text": "two",
      "process.parent.command_line": "three",
      "file.path": "four",
    };
    const { api } = renderPage(
      <DecodedFields fields={fields} isOfInterest={(field) => field !== "process.parent.command_line"} />,
      {
        api: {
          me: () => me,
          decode: ({ body }) => ({
            decodings: [{ steps: ["hex", "utf-8"], text: body.text.toUpperCase(), cut: false }],
            undecoded: [],
          }),
        },
      },
    );
    expect((await screen.findByRole("group", { name: "Decoded from the command line" })).textContent).toContain("ONE");
    const script = await screen.findByRole("group", { name: "Decoded from the script block" });
    expect(script.textContent).toContain("TWO");
    expect(api.calls("decode").map(({ body }) => body.text)).toEqual(["one", "two"]);
  });
});
