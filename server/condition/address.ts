import { BlockList, isIP } from "node:net";

/** Parses a network in CIDR notation or a single address; host bits after the prefix are ignored. */
export function parseNetwork(
  text: string,
): { readonly address: string; readonly prefix: number; readonly family: "ipv4" | "ipv6" } | undefined {
  const [, address = "", digits] = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  const prefix = digits === undefined ? (version === 4 ? 32 : 128) : Number(digits);
  return version === 0 || prefix > (version === 4 ? 32 : 128)
    ? undefined
    : { address, prefix, family: version === 4 ? "ipv4" : "ipv6" };
}

/** Matches addresses in one of the networks; other text is in none. Throws for a malformed network. */
export function compileNetworks(networks: readonly string[]): (text: string) => boolean {
  const list = new BlockList();
  for (const text of networks) {
    const network = parseNetwork(text);
    if (network === undefined) {
      throw new Error(`not a network in CIDR notation: ${text}`);
    }
    list.addSubnet(network.address, network.prefix, network.family);
  }
  return (text) => {
    const version = isIP(text);
    return version !== 0 && list.check(text, version === 4 ? "ipv4" : "ipv6");
  };
}
