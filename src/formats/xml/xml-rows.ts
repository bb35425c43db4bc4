/** Finds the elements of a file that are its rows, by their tag, without reading what is in them. */

const LT = 0x3c, GT = 0x3e, SLASH = 0x2f;

/** A row in [from, to); or bytes up to `used` hold none; or more bytes are needed, of which those before `used` are done with. */
export type FoundRow = { readonly kind: "row"; readonly from: number; readonly to: number } | { readonly kind: "none" | "more"; readonly used: number };

export class XmlRows {
  readonly #tag: Buffer;

  readonly #ignoresNamespace: boolean;

  constructor(rowTag: string, ignoresNamespace = false) {
    this.#tag = Buffer.from(rowTag);
    this.#ignoresNamespace = ignoresNamespace;
  }

  /** The next row of the bytes in [from, to); `isEnd`: nothing follows them. A row that isn't closed at the end goes up to it. */
  next(bytes: Buffer, from: number, to: number, isEnd: boolean): FoundRow {
    let start = -1, depth = 0;
    const more = (at: number): FoundRow => (!isEnd ? { kind: "more", used: start < 0 ? at : start } : start < 0 ? { kind: "none", used: to } : { kind: "row", from: start, to });
    for (let p = from;;) {
      p = find(bytes, LT, p, to);
      // the longest beginning that must be whole to be told: <![CDATA[ or an end tag's name and a byte behind it
      if (p < 0) return more(to);
      if (p + Math.max(9, this.#tag.length + 3) > to && !isEnd) return more(p);
      const special = starts(bytes, p, to, "<!--") ? "-->" : starts(bytes, p, to, "<![CDATA[") ? "]]>" : starts(bytes, p, to, "<?") ? "?>" : undefined;
      if (special !== undefined) {
        const end = bytes.subarray(0, to).indexOf(special, p + 2);
        if (end < 0) return more(p);
        p = end + special.length;
      } else if (this.#isTag(bytes, p + 1, to)) {
        const end = tagEnd(bytes, p + 1, to);
        if (end < 0) return more(p);
        if (start < 0) start = p;
        if (bytes[end - 1] !== SLASH) depth++;
        p = end + 1;
        if (depth === 0) return { kind: "row", from: start, to: p };
      } else if (start >= 0 && bytes[p + 1] === SLASH && this.#isTag(bytes, p + 2, to)) {
        const end = find(bytes, GT, p, to);
        if (end < 0) return more(p);
        p = end + 1;
        if (--depth === 0) return { kind: "row", from: start, to: p };
      } else p++;
    }
  }

  #isTag(bytes: Buffer, given: number, to: number): boolean {
    const at = this.#ignoresNamespace ? behindPrefix(bytes, given, to) : given, tag = this.#tag, end = at + tag.length;
    if (end >= to || bytes.compare(tag, 0, tag.length, at, end) !== 0) return false;
    const c = bytes[end]!;
    return c === GT || c === SLASH || c === 32 || c === 9 || c === 10 || c === 13;
  }
}

/** Behind the colon of a name, if it has one. */
function behindPrefix(bytes: Buffer, from: number, to: number): number {
  for (let p = from; p < to; p++) {
    const c = bytes[p]!;
    if (c === 0x3a) return p + 1;
    if (c <= 32 || c === GT || c === SLASH || c === LT) break;
  }
  return from;
}

function starts(bytes: Buffer, at: number, to: number, text: string): boolean {
  if (at + text.length > to) return false;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

function find(bytes: Buffer, byte: number, from: number, to: number): number {
  const at = bytes.subarray(from, to).indexOf(byte);
  return at < 0 ? -1 : from + at;
}

/** The bracket that ends a tag; those in the values of attributes don't. */
function tagEnd(bytes: Buffer, from: number, to: number): number {
  let quote = 0;
  for (let p = from; p < to; p++) {
    const c = bytes[p]!;
    if (quote !== 0) { if (c === quote) quote = 0; } else if (c === 0x22 || c === 0x27) quote = c;
    else if (c === GT) return p;
  }
  return -1;
}
