import type { Page } from "playwright-core";
import { fakeApi, type Handlers } from "../../web/src/test/fake-api.ts";
import { ownAccount } from "../../web/src/test/fixtures/people.ts";

/**
 * Answers the API of the page from a fake one. A request without a handler gets 404, which fails the test in the
 * console.
 */
export async function serveFakeApi(page: Page, handlers: Handlers): Promise<void> {
  // Every page asks whose it is.
  const api = fakeApi({ ownAccount: () => ownAccount, ...handlers });
  await page.route("**/api/v1/**", async (handled) => {
    const request = handled.request();
    try {
      const response = await api.fetch(request.url(), { method: request.method(), body: request.postData() });
      await handled.fulfill({ status: response.status, json: await response.json() });
    } catch (error) {
      await handled.fulfill({ status: 404, json: { type: "about:blank", title: String(error), status: 404 } });
    }
  });
}
