import { isIPv4, isIPv6 } from "node:net";

/**
 * The canonical spelling of an IP address: IPv6 shortened as in RFC 5952, IPv4-mapped IPv6 (`::ffff:10.0.0.1`) as IPv4,
 * without a zone (`%12`). `undefined` for text that is not an address.
 */
export function canonicalAddress(text: string): string | undefined {
  if (isIPv4(text)) {
    return text;
  }
  const zone = text.indexOf("%");
  const bare = zone < 0 ? text : text.slice(0, zone);
  if (!isIPv6(bare)) {
    return undefined;
  }
  const groups = groupsOf(bare);
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    const [high = 0, low = 0] = groups.slice(6);
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  return shorten(groups);
}

function groupsOf(address: string): number[] {
  const [head = "", tail] = address.split("::");
  const left = parseGroups(head);
  if (tail === undefined) {
    return left;
  }
  const right = parseGroups(tail);
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function parseGroups(text: string): number[] {
  if (text === "") {
    return [];
  }
  return text.split(":").flatMap((part) => {
    if (!part.includes(".")) {
      return [Number.parseInt(part, 16)];
    }
    const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

function shorten(groups: readonly number[]): string {
  let best = -1;
  let bestLength = 1;
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0;
    while (groups[start + length] === 0) {
      length += 1;
    }
    if (length > bestLength) {
      best = start;
      bestLength = length;
    }
  }
  const hex = groups.map((group) => group.toString(16));
  return best < 0 ? hex.join(":") : `${hex.slice(0, best).join(":")}::${hex.slice(best + bestLength).join(":")}`;
}
