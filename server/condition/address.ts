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
export function compileNetworks(texts: readonly string[]): (text: string) => boolean {
  const networks = texts.map((text) => {
    const network = parseNetwork(text);
    if (network === undefined) {
      throw new Error(`not a network in CIDR notation: ${text}`);
    }
    return network;
  });
  return networks.length < MANY_NETWORKS ? inBlocks(networks) : inTables(networks);
}

/** From this many on they are looked up: a block list tests one after the other. */
const MANY_NETWORKS = 64;

type Network = NonNullable<ReturnType<typeof parseNetwork>>;

function inBlocks(networks: readonly Network[]): (text: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    list.addSubnet(network.address, network.prefix, network.family);
  }
  return (text) => {
    const version = isIP(text);
    return version !== 0 && list.check(text, version === 4 ? "ipv4" : "ipv6");
  };
}

/** One set of networks for each length of prefix: as many look-ups as there are lengths. */
function inTables(networks: readonly Network[]): (text: string) => boolean {
  const tables = { ipv4: new Map<number, Set<bigint>>(), ipv6: new Map<number, Set<bigint>>() };
  for (const { address, prefix, family } of networks) {
    const shift = BigInt((family === "ipv4" ? 32 : 128) - prefix);
    tables[family].getOrInsertComputed(prefix, () => new Set()).add(numberOfAddress(address) >> shift);
  }
  const isIn = (family: keyof typeof tables, number: bigint) =>
    [...tables[family]].some(([prefix, some]) => some.has(number >> BigInt((family === "ipv4" ? 32 : 128) - prefix)));
  return (text) => {
    const version = isIP(text);
    if (version === 0) {
      return false;
    }
    const number = numberOfAddress(text);
    // `::ffff:192.0.2.7` is an IPv4 address in the notation of IPv6.
    if (version === 4) {
      return isIn("ipv4", number) || isIn("ipv6", (0xffffn << 32n) | number);
    }
    return isIn("ipv6", number) || (number >> 32n === 0xffffn && isIn("ipv4", number & 0xffffffffn));
  };
}

/** The number of an address that `isIP` accepts. */
function numberOfAddress(address: string): bigint {
  if (!address.includes(":")) {
    return address.split(".").reduce((number, part) => (number << 8n) | BigInt(part), 0n);
  }
  const embedded = /(?:\d+\.){3}\d+$/.exec(address)?.[0];
  const tail = embedded === undefined ? undefined : numberOfAddress(embedded);
  const text =
    tail === undefined
      ? address
      : `${address.slice(0, -(embedded ?? "").length)}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
  const [head = "", rest] = (text.split("%")[0] ?? "").split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const [before, after] = [groups(head), groups(rest ?? "")];
  const zeros = rest === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: zeros }, () => "0"), ...after].reduce(
    (number, group) => (number << 16n) | BigInt(`0x${group}`),
    0n,
  );
}
