/**
 * XML text as a tree. A small reader that checks that the text is well-formed: names, nesting, attributes, references. What a
 * document type declares are entities with a text of their own and nothing else; none is read from outside, and what they
 * unfold to is bounded (XML 1.0, https://www.w3.org/TR/xml).
 */

export interface XmlAttribute { readonly name: string; readonly value: string }
export interface XmlElement { readonly kind: "element"; readonly name: string; readonly attributes: readonly XmlAttribute[]; readonly children: XmlNode[] }
export interface XmlText { readonly kind: "text"; readonly text: string }
export interface XmlComment { readonly kind: "comment"; readonly text: string }
export interface XmlInstruction { readonly kind: "instruction"; readonly name: string; readonly text: string }
export type XmlNode = XmlElement | XmlText | XmlComment | XmlInstruction;
/** What stands beside the root is in `children`, the root among it. */
export interface XmlDocument { readonly kind: "document"; readonly children: readonly XmlNode[]; readonly root: XmlElement }

/** The text is not well-formed; `offset`: where, in characters. */
export class XmlSyntaxError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** How deep elements may lie in each other, and how much text entities may unfold to. */
const MAX_DEPTH = 1000, MAX_UNFOLDED = 1 << 20;

const NAME_START = "[:A-Z_a-z\\u00C0-\\u02FF\\u0370-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uFFFD]";
const NAME = new RegExp(`${NAME_START}(?:${NAME_START.slice(0, -1)}\\-.0-9\\u00B7])*`, "y");
const SPACE = /[ \t\r\n]*/y;
const PREDEFINED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", apos: "'", quot: '"' };

export interface XmlOptions {
  /** Stop behind the root: what follows isn't looked at. */
  readonly rootOnly?: boolean;
}

/** @throws XmlSyntaxError */
export function parseXml(text: string, options: XmlOptions = {}): XmlDocument { return new XmlReader(text).document(options.rootOnly === true); }

/** Whether a text is a name of XML. */
export function isXmlName(text: string): boolean {
  NAME.lastIndex = 0;
  return NAME.exec(text)?.[0] === text;
}

class XmlReader {
  readonly #text: string;
  readonly #entities = new Map<string, string>();
  #at = 0;
  #unfolded = 0;

  constructor(text: string) { this.#text = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text; }

  document(rootOnly: boolean): XmlDocument {
    const children: XmlNode[] = [];
    let root: XmlElement | undefined;
    if (/^<\?xml[ \t\r\n]/.test(this.#text)) this.#at = this.#find("?>", "the declaration") + 2;
    for (;;) {
      this.#skipSpace();
      if (this.#at >= this.#text.length) break;
      if (this.#text[this.#at] !== "<") throw this.#error("text outside of the root element");
      const next = this.#text[this.#at + 1];
      if (next === "!" && this.#text.startsWith("<!DOCTYPE", this.#at)) this.#documentType();
      else if (next === "!" || next === "?") children.push(this.#other());
      else if (root !== undefined) throw this.#error("a second root element");
      else {
        children.push(root = this.#elements());
        if (rootOnly) break;
      }
    }
    if (root === undefined) throw this.#error("no root element");
    return { kind: "document", children, root };
  }

  /** An element with all below it; no recursion, so that depth costs no stack. */
  #elements(): XmlElement {
    const open: XmlElement[] = [];
    let root: XmlElement | undefined, text = "";
    const flush = (): void => {
      if (text !== "") open.at(-1)!.children.push({ kind: "text", text });
      text = "";
    };
    do {
      if (this.#at >= this.#text.length) throw this.#error(`<${open.at(-1)!.name}> is not closed`);
      if (this.#text[this.#at] !== "<") text += this.#characters("<");
      else if (this.#text.startsWith("</", this.#at)) {
        flush();
        this.#at += 2;
        const name = this.#name(), element = open.pop()!;
        if (name !== element.name) throw this.#error(`</${name}> closes <${element.name}>`);
        this.#skipSpace();
        this.#expect(">");
      } else if (this.#text.startsWith("<![CDATA[", this.#at)) {
        const end = this.#find("]]>", "CDATA");
        text += lineEnds(this.#text.slice(this.#at + 9, end));
        this.#at = end + 3;
      } else if (this.#text[this.#at + 1] === "!" || this.#text[this.#at + 1] === "?") {
        flush();
        open.at(-1)!.children.push(this.#other());
      } else {
        if (open.length > 0) flush();
        const { element, isEmpty } = this.#tag();
        if (open.length > 0) open.at(-1)!.children.push(element);
        root ??= element;
        if (!isEmpty) open.push(element);
        if (open.length > MAX_DEPTH) throw this.#error(`elements lie deeper than ${MAX_DEPTH}`);
      }
    } while (open.length > 0);
    return root!;
  }

  #tag(): { readonly element: XmlElement; readonly isEmpty: boolean } {
    this.#expect("<");
    const name = this.#name(), attributes: XmlAttribute[] = [];
    for (;;) {
      const before = this.#at;
      this.#skipSpace();
      if (this.#text[this.#at] === ">") {
        this.#at++;
        return { element: { kind: "element", name, attributes, children: [] }, isEmpty: false };
      }
      if (this.#text.startsWith("/>", this.#at)) {
        this.#at += 2;
        return { element: { kind: "element", name, attributes, children: [] }, isEmpty: true };
      }
      if (before === this.#at) throw this.#error("a space is missing in front of an attribute");
      const attribute = this.#name();
      if (attributes.some(a => a.name === attribute)) throw this.#error(`the attribute ${attribute} is there twice`);
      this.#skipSpace();
      this.#expect("=");
      this.#skipSpace();
      attributes.push({ name: attribute, value: this.#quoted() });
    }
  }

  #quoted(): string {
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'") throw this.#error("a value in quotes is missing");
    this.#at++;
    const value = this.#characters(quote);
    this.#expect(quote);
    if (value.includes("<") && this.#text.slice(this.#at - value.length - 1, this.#at).includes("<")) throw this.#error("< in the value of an attribute");
    return value.replace(/[\t\n]/g, " ");
  }

  /** Text up to a character, with its references in place. */
  #characters(end: string): string {
    let stop = this.#text.indexOf(end, this.#at);
    if (stop < 0) stop = this.#text.length;
    const raw = this.#text.slice(this.#at, stop);
    const bad = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.exec(raw);
    if (bad !== null) throw this.#error("a character that XML does not have");
    if (end === "<" && raw.includes("]]>")) throw this.#error("]]> in text");
    const value = raw.includes("&") ? this.#unfold(raw, 0) : lineEnds(raw);
    this.#at = stop;
    return value;
  }

  #unfold(raw: string, depth: number): string {
    if (depth > 20) throw this.#error("entities that contain each other");
    let result = "", at = 0;
    for (;;) {
      const start = raw.indexOf("&", at);
      if (start < 0) return result + lineEnds(raw.slice(at));
      const semicolon = raw.indexOf(";", start);
      if (semicolon < 0) throw this.#error("& without ;");
      result += lineEnds(raw.slice(at, start)) + this.#reference(raw.slice(start + 1, semicolon), depth);
      this.#unfolded += result.length;
      if (this.#unfolded > MAX_UNFOLDED + 2 * this.#text.length) throw this.#error("entities unfold to too much text");
      at = semicolon + 1;
    }
  }

  #reference(name: string, depth: number): string {
    const number = /^#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}))$/.exec(name);
    if (number !== null) {
      const code = number[1] === undefined ? Number(number[2]) : Number.parseInt(number[1], 16);
      if (code === 0 || code > 0x10ffff || code >= 0xd800 && code < 0xe000 || code < 32 && code !== 9 && code !== 10 && code !== 13) throw this.#error(`&${name}; is no character of XML`);
      return String.fromCodePoint(code);
    }
    if (Object.hasOwn(PREDEFINED, name)) return PREDEFINED[name]!;
    const entity = this.#entities.get(name);
    if (entity === undefined) throw this.#error(`the entity &${name}; is not declared`);
    if (entity.includes("<")) throw this.#error(`the entity &${name}; holds elements`);
    return entity.includes("&") ? this.#unfold(entity, depth + 1) : entity;
  }

  /** A comment or a processing instruction. */
  #other(): XmlComment | XmlInstruction {
    if (this.#text.startsWith("<!--", this.#at)) {
      const end = this.#text.indexOf("--", this.#at + 4);
      if (end < 0 || this.#text[end + 2] !== ">") throw this.#error("a comment is not closed, or holds --");
      const text = lineEnds(this.#text.slice(this.#at + 4, end));
      this.#at = end + 3;
      return { kind: "comment", text };
    }
    if (!this.#text.startsWith("<?", this.#at)) throw this.#error("<! that is no comment");
    const end = this.#find("?>", "an instruction");
    this.#at += 2;
    const name = this.#name();
    if (name.toLowerCase() === "xml") throw this.#error("a declaration that is not at the beginning");
    const text = lineEnds(this.#text.slice(this.#at, end).trimStart());
    this.#at = end + 2;
    return { kind: "instruction", name, text };
  }

  /** Of a document type only entities with a value are taken. */
  #documentType(): void {
    this.#at += "<!DOCTYPE".length;
    for (let inside = false; ; this.#at++) {
      const c = this.#text[this.#at];
      if (c === undefined) throw this.#error("the document type is not closed");
      if (c === '"' || c === "'") this.#at = this.#text.indexOf(c, this.#at + 1) < 0 ? this.#text.length : this.#text.indexOf(c, this.#at + 1);
      else if (c === "[") inside = true;
      else if (c === "]") inside = false;
      else if (c === ">" && !inside) {
        this.#at++;
        return;
      } else if (inside && this.#text.startsWith("<!--", this.#at)) {
        this.#other();
        this.#at--;
      } else if (inside && this.#text.startsWith("<!ENTITY", this.#at)) this.#entity();
    }
  }

  #entity(): void {
    this.#at += "<!ENTITY".length;
    this.#skipSpace();
    const isParameter = this.#text[this.#at] === "%";
    if (!isParameter) {
      const name = this.#name();
      this.#skipSpace();
      const quote = this.#text[this.#at];
      // SYSTEM and PUBLIC lead outside: such an entity is not declared here.
      if (quote === '"' || quote === "'") {
        const end = this.#text.indexOf(quote, this.#at + 1);
        if (end < 0) throw this.#error("the value of an entity is not closed");
        if (!this.#entities.has(name)) this.#entities.set(name, this.#text.slice(this.#at + 1, end).replace(/&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));/g, (_, hex: string | undefined, decimal: string | undefined) => this.#reference(hex === undefined ? `#${decimal!}` : `#x${hex}`, 0)));
        this.#at = end + 1;
      }
    }
    this.#at = this.#find(">", "an entity");
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    const found = NAME.exec(this.#text);
    if (found === null) throw this.#error("a name is missing");
    this.#at += found[0].length;
    return found[0];
  }
  #skipSpace(): void {
    SPACE.lastIndex = this.#at;
    this.#at += SPACE.exec(this.#text)![0].length;
  }
  #expect(text: string): void {
    if (!this.#text.startsWith(text, this.#at)) throw this.#error(`${text} is missing`);
    this.#at += text.length;
  }
  #find(text: string, what: string): number {
    const found = this.#text.indexOf(text, this.#at);
    if (found < 0) throw this.#error(`${what} is not closed`);
    return found;
  }
  #error(message: string): XmlSyntaxError { return new XmlSyntaxError(message, this.#at); }
}

const lineEnds = (text: string): string => text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;

/** Text with what XML means otherwise written as references. */
export const escapeText = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("]]>", "]]&gt;");
export const escapeAttribute = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;").replace(/[\t\n\r]/g, c => `&#x${c.charCodeAt(0).toString(16)};`);

/** An element's children as XML text. */
export function innerXml(element: XmlElement): string {
  const parts: string[] = [], pending: (XmlNode | string)[] = [...element.children].reverse();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next === "string") parts.push(next);
    else if (next.kind === "text") parts.push(escapeText(next.text));
    else if (next.kind === "element") {
      parts.push(`<${next.name}${next.attributes.map(a => ` ${a.name}="${escapeAttribute(a.value)}"`).join("")}>`);
      pending.push(`</${next.name}>`, ...[...next.children].reverse());
    }
  }
  return parts.join("");
}
