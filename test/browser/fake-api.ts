import type { Page } from "playwright-core";
import { changesRoute } from "#contracts/routes/changes";
import { fakeApi, type Handlers } from "../../web/src/test/fake-api.ts";
import { ownAccount } from "../../web/src/test/fixtures/people.ts";

const idle = { items: [], waiting: 0, running: 0, workers: 1 };

/**
 * Answers the API of the page from a fake one. A request without a handler gets 404, which fails the test in the
 * console.
 */
export async function serveFakeApi(page: Page, handlers: Handlers): Promise<void> {
  // Every page asks whose it is; on a busy machine, also how far work is that takes long.
  const api = fakeApi({ ownAccount: () => ownAccount, work: () => idle, ...handlers });
  await page.route("**/api/v1/**", async (handled) => {
    const request = handled.request();
    // A stream cannot be made up: that of the server says that nothing has changed.
    if (new URL(request.url()).pathname === changesRoute.path) {
      return handled.continue();
    }
    try {
      const response = await api.fetch(request.url(), { method: request.method(), body: request.postData() });
      await handled.fulfill({ status: response.status, json: await response.json() });
    } catch (error) {
      await handled.fulfill({ status: 404, json: { type: "about:blank", title: String(error), status: 404 } });
    }
  });
}
