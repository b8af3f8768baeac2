import fc from "fast-check";
import { expect, it } from "vitest";
import { compileNetworks } from "./address.ts";

const ipv4 = fc.ipV4();
const ipv6 = fc.oneof(
  fc.ipV6(),
  ipv4.map((address) => `::ffff:${address}`),
);
const network = fc.oneof(
  fc.tuple(ipv4, fc.integer({ min: 4, max: 32 })).map(([address, prefix]) => `${address}/${prefix}`),
  fc.tuple(ipv6, fc.integer({ min: 0, max: 128 })).map(([address, prefix]) => `${address}/${prefix}`),
  ipv4,
  ipv6,
);

it("finds an address in many networks as in few", () => {
  fc.assert(
    fc.property(
      fc.array(network, { minLength: 70, maxLength: 90 }),
      fc.array(fc.oneof(ipv4, ipv6, fc.string()), { minLength: 1, maxLength: 20 }),
      (networks, texts) => {
        const inMany = compileNetworks(networks);
        const inFew = networks.map((one) => compileNetworks([one]));
        const own = networks.map((one) => one.split("/")[0] ?? "");
        for (const text of [...texts, ...own]) {
          expect([text, inMany(text)]).toEqual([text, inFew.some((matches) => matches(text))]);
        }
      },
    ),
    { numRuns: 50 },
  );
});

it("names a malformed network among many", () => {
  const networks = Array.from({ length: 100 }, (_, index) => `192.0.2.${index}`);
  expect(() => compileNetworks([...networks, "192.0.2.0/33"])).toThrow("192.0.2.0/33");
});
