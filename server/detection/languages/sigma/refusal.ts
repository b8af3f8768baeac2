/** A rule that is well-formed but cannot be evaluated here; thrown and caught inside of `compileSigma` only. */
export class Refusal extends Error {
  readonly unsupported: boolean;

  constructor(message: string, unsupported: boolean) {
    super(message);
    this.unsupported = unsupported;
  }
}

export function unsupported(message: string): Refusal {
  return new Refusal(message, true);
}

export function malformed(message: string): Refusal {
  return new Refusal(message, false);
}
