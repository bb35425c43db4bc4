/** A message of which only the wire format is known: what descriptors are read with. Never on the hot path. */

export class WireMessage {
  readonly #values = new Map<number, (bigint | Uint8Array)[]>();

  /** @throws Error for bytes that are no message */
  static of(bytes: Uint8Array): WireMessage {
    const message = new WireMessage();
    let at = 0;
    const varint = (): bigint => {
      let value = 0n;
      for (let i = 0n; i < 10n; i++) {
        if (at >= bytes.length) throw new Error("a message ends early");
        const byte = bytes[at++]!;
        value |= BigInt(byte & 0x7f) << (7n * i);
        if (byte < 0x80) return value;
      }
      throw new Error("a number has too many bytes");
    };
    while (at < bytes.length) {
      const tag = varint(), number = Number(tag >> 3n);
      let value: bigint | Uint8Array;
      switch (Number(tag & 7n)) {
        case 0: value = varint(); break;
        case 1: value = bytes.subarray(at, at += 8); break;
        case 2: {
          const length = Number(varint());
          value = bytes.subarray(at, at += length);
          break;
        }
        case 5: value = bytes.subarray(at, at += 4); break;
        default: throw new Error("a group");
      }
      if (at > bytes.length || number === 0) throw new Error("a message ends early");
      const values = message.#values.get(number);
      if (values === undefined) message.#values.set(number, [value]);
      else values.push(value);
    }
    return message;
  }

  has(number: number): boolean { return this.#values.has(number); }
  /** 32 bits with a sign; 0 if it is absent. */
  int(number: number): number {
    const value = this.#values.get(number)?.at(-1);
    return typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : 0;
  }
  flag(number: number): boolean { return this.int(number) !== 0; }
  text(number: number): string { return this.texts(number).at(-1) ?? ""; }
  texts(number: number): string[] { return this.#bytes(number).map(value => Buffer.from(value).toString("utf8")); }
  message(number: number): WireMessage | undefined {
    const parts = this.#bytes(number);
    // A message that comes in parts is their sum.
    return parts.length === 0 ? undefined : WireMessage.of(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
  }
  messages(number: number): WireMessage[] { return this.#bytes(number).map(value => WireMessage.of(value)); }

  #bytes(number: number): Uint8Array[] { return (this.#values.get(number) ?? []).filter((value): value is Uint8Array => typeof value !== "bigint"); }
}
