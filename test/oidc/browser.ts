/**
 * What a browser does on the way through sign-in pages: cookies by host with their `SameSite` rules, redirects, pages
 * that go on by themselves, and forms. Requests name the site that they come from.
 */
export class Browser {
  readonly #cookies = new Map<string, Map<string, { readonly value: string; readonly strict: boolean }>>();

  /** The page at an address, after all redirects. A step to another site counts as begun by that site from then on. */
  async open(address: string, from?: string): Promise<Page> {
    return this.#load(new URL(address), { method: "GET" }, from === undefined ? undefined : new URL(from).hostname);
  }

  /** Submits the only form of a page with more values. */
  async submit(page: Page, values: Readonly<Record<string, string>>): Promise<Page> {
    const action = /<form[^>]*action="([^"]+)"/.exec(page.text)?.[1] ?? "";
    const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    const fields = new URLSearchParams([
      ...hidden.map(([, name = "", value = ""]): [string, string] => [name, value]),
      ...Object.entries(values),
    ]);
    const url = new URL(action.replaceAll("&amp;", "&"), page.url);
    return this.#load(url, { method: "POST", body: fields }, page.url.hostname);
  }

  cookie(host: string, name: RegExp): string | undefined {
    const found = [...(this.#cookies.get(host) ?? [])].find(([one]) => name.test(one));
    return found === undefined ? undefined : `${found[0]}=${found[1].value}`;
  }

  async #load(first: URL, init: RequestInit, from: string | undefined): Promise<Page> {
    let url = first;
    let request = init;
    let isCrossSite = from !== undefined && from !== first.hostname;
    for (let step = 0; step < 30; step += 1) {
      const response = await fetch(url, {
        ...request,
        redirect: "manual",
        headers: this.#headers(url, isCrossSite, from),
      });
      this.#keep(url, response);
      const text = await response.text();
      const location = response.headers.get("location");
      const refresh = /<meta http-equiv="refresh" content="0;url=([^"]+)"/.exec(text)?.[1];
      if (location === null && refresh === undefined) {
        return { url, status: response.status, text };
      }
      const next = new URL(location ?? refresh?.replaceAll("&amp;", "&") ?? "", url);
      // A page that goes on by itself begins anew; a redirect goes on with what was begun.
      isCrossSite = (location !== null && isCrossSite) || next.hostname !== url.hostname;
      url = next;
      request = { method: "GET" };
    }
    throw new Error(`too many steps, the last to ${url.href}`);
  }

  #headers(url: URL, isCrossSite: boolean, from: string | undefined): Record<string, string> {
    const cookies = [...(this.#cookies.get(url.hostname) ?? [])].filter(([, { strict }]) => !(strict && isCrossSite));
    const site = isCrossSite ? "cross-site" : from === undefined ? "none" : "same-origin";
    return {
      accept: "text/html",
      cookie: cookies.map(([name, { value }]) => `${name}=${value}`).join("; "),
      "sec-fetch-site": site,
    };
  }

  #keep({ hostname }: URL, response: Response): void {
    const jar = this.#cookies.get(hostname) ?? new Map();
    this.#cookies.set(hostname, jar);
    for (const line of response.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
      const [name = "", value = ""] = pair.split(/=(.*)/s);
      const expires = attributes.find((one) => /^expires=/i.test(one))?.slice("expires=".length);
      if (value === "" || (expires !== undefined && Date.parse(expires) <= 0)) {
        jar.delete(name);
      } else {
        jar.set(name, { value, strict: attributes.some((one) => /^samesite=strict$/i.test(one)) });
      }
    }
  }
}

export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
}
