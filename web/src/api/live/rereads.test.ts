import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Rereads } from "./rereads.ts";

describe("reading again", () => {
  let client: QueryClient;
  let rereads: Rereads;
  const stops: (() => void)[] = [];
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
    client = new QueryClient();
    rereads = new Rereads(client);
  });
  afterEach(() => {
    for (const stop of stops.splice(0)) {
      stop();
    }
    rereads.close();
    client.clear();
  });

  /** Shows a response on the page; counts its readings, each of which takes this many milliseconds. */
  const show = async (queryKey: readonly unknown[], milliseconds = 0) => {
    const read = vi.fn(() => new Promise((resolve) => setTimeout(() => resolve({}), milliseconds)));
    const observer = new QueryObserver(client, { queryKey, queryFn: read });
    stops.push(observer.subscribe(() => undefined));
    await vi.advanceTimersByTimeAsync(milliseconds + 1);
    read.mockClear();
    return read;
  };
  const queue = ["queue", {}, {}, {}];

  it("happens at once after a pause, and then not more often than it may", async () => {
    const read = await show(queue);
    rereads.changed([{ kind: "alerts" }]);
    await vi.advanceTimersByTimeAsync(10);
    expect(read).toHaveBeenCalledTimes(1);
    for (let times = 0; times < 20; times += 1) {
      rereads.changed([{ kind: "alerts" }]);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(read.mock.calls.length).toBeGreaterThanOrEqual(2);
    expect(read.mock.calls.length).toBeLessThanOrEqual(3);
    // The last change is not lost.
    const before = read.mock.calls.length;
    rereads.changed([{ kind: "alerts" }]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(read).toHaveBeenCalledTimes(before + 1);
  });

  it("waits for a reading that began before the change, and does not begin it anew", async () => {
    const read = await show(queue, 3_000);
    rereads.changed([{ kind: "alerts" }]);
    await vi.advanceTimersByTimeAsync(1_500);
    rereads.changed([{ kind: "alerts" }]);
    await vi.advanceTimersByTimeAsync(1_400);
    expect(read).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it("is about what is on the page; a tab that nobody sees reads when it is looked at", async () => {
    const read = await show(queue);
    vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    rereads.changed([{ kind: "alerts" }]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(read).not.toHaveBeenCalled();
    expect(client.getQueryState(queue)?.isInvalidated).toBe(true);
    vi.restoreAllMocks();
  });

  it("finds the incident of an alert in what was read", async () => {
    const alert = ["alert", { id: "a" }, {}, {}];
    const playbook = await show(["playbook", { id: "a" }, {}, {}]);
    rereads.changed([{ kind: "incident", key: "k", by: [] }]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(playbook).not.toHaveBeenCalled();
    client.setQueryData(alert, { incidentKey: "k" });
    rereads.changed([{ kind: "incident", key: "k", by: [] }]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(playbook).toHaveBeenCalledTimes(1);
  });

  it("is about everything that follows the stream after something was missed, and about nothing else", async () => {
    const [list, other] = [await show(queue), await show(["settings", {}, {}, {}])];
    rereads.everything();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(list).toHaveBeenCalledTimes(1);
    expect(other).not.toHaveBeenCalled();
  });
});
