import { createSign, generateKeyPairSync } from "node:crypto";

/** A self-signed certificate with its key, in PEM, as DER is written by hand: Node can only read certificates. */
export function selfSigned({
  names = ["localhost"],
  from = new Date("2020-01-01T00:00:00Z"),
  to = new Date("2120-01-01T00:00:00Z"),
}: {
  readonly names?: readonly string[];
  readonly from?: Date;
  readonly to?: Date;
} = {}): { readonly cert: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ecdsaWithSha256 = sequence(Buffer.from("06082a8648ce3d040302", "hex"));
  const name = sequence(set(sequence(Buffer.from("0603550403", "hex"), der(0x0c, Buffer.from(names[0] ?? "")))));
  const alternatives = sequence(...names.map((one) => der(0x82, Buffer.from(one))));
  const extension = sequence(Buffer.from("0603551d11", "hex"), der(0x04, alternatives));
  const body = sequence(
    der(0xa0, Buffer.from("020102", "hex")),
    Buffer.from("020101", "hex"),
    ecdsaWithSha256,
    name,
    sequence(time(from), time(to)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(extension)),
  );
  const signature = createSign("sha256").update(body).sign(privateKey);
  const certificate = sequence(body, ecdsaWithSha256, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = certificate.toString("base64").replace(/.{1,64}/g, "$&\n");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
  };
}

/** One value in DER: tag, length, content. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, Buffer.concat(parts));
const set = (part: Buffer) => der(0x31, part);
const time = (at: Date) => der(0x18, Buffer.from(at.toISOString().replace(/[-:T]|\.\d+/g, "")));
