/** A regular expression of JavaScript (flag v) as a tree, as far as the translation from Java's writes it. */

export type RegexpNode =
  | { readonly kind: "empty" }
  /** One code point; `source`: an expression that matches just it. */
  | { readonly kind: "atom"; readonly source: string }
  /** A place: `^ $ \b \B`. */
  | { readonly kind: "place"; readonly source: string }
  | { readonly kind: "sequence" | "choice"; readonly parts: readonly RegexpNode[] }
  | { readonly kind: "repeat"; readonly body: RegexpNode; readonly least: number; readonly most: number; readonly lazy: boolean }
  | { readonly kind: "group"; readonly index: number; readonly name: string | undefined; readonly body: RegexpNode }
  | { readonly kind: "look"; readonly behind: boolean; readonly negative: boolean; readonly body: RegexpNode }
  /** What was found first is kept: nothing goes back into it. */
  | { readonly kind: "atomic"; readonly group: { readonly index: number; readonly name: string }; readonly body: RegexpNode }
  | { readonly kind: "back"; readonly to: number | string };

export interface RegexpTree { readonly root: RegexpNode; readonly groups: number; readonly names: ReadonlyMap<string, number>; readonly hasBack: boolean }

/** Undefined for what this reader does not know. */
export function parseRegexp(source: string): RegexpTree | undefined {
  try {
    const parser = new Parser(source), root = parser.choice();
    return parser.atEnd ? { root, groups: parser.groups, names: parser.names, hasBack: parser.hasBack } : undefined;
  } catch {
    return undefined;
  }
}

class Parser {
  readonly #source: string;
  #at = 0;
  groups = 0;
  hasBack = false;
  readonly names = new Map<string, number>();
  /** Modifiers of groups around: `(?i:`. */
  #modifiers: readonly string[] = [];

  constructor(source: string) { this.#source = source; }
  get atEnd(): boolean { return this.#at === this.#source.length; }
  #is(text: string): boolean { return this.#source.startsWith(text, this.#at); }
  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at += text.length;
    return true;
  }
  #atom(source: string): RegexpNode { return { kind: "atom", source: this.#modifiers.reduceRight((inner, modifier) => `${modifier}${inner})`, source) }; }

  choice(): RegexpNode {
    const parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    return parts.length === 1 ? parts[0]! : { kind: "choice", parts };
  }

  #sequence(): RegexpNode {
    const parts: RegexpNode[] = [];
    while (!this.atEnd && !this.#is("|") && !this.#is(")")) parts.push(this.#quantified());
    return parts.length === 0 ? { kind: "empty" } : parts.length === 1 ? parts[0]! : { kind: "sequence", parts };
  }

  #quantified(): RegexpNode {
    const body = this.#term(), found = /^(?:[*+?]|\{(\d+)(?:(,)(\d*))?\})/.exec(this.#source.slice(this.#at));
    if (found === null) return body;
    this.#at += found[0].length;
    const lazy = this.#take("?"), [text, least, comma, most] = found;
    if (least !== undefined) return { kind: "repeat", body, least: Number(least), most: comma === undefined ? Number(least) : most === "" ? Infinity : Number(most), lazy };
    return { kind: "repeat", body, least: text === "+" ? 1 : 0, most: text === "?" ? 1 : Infinity, lazy };
  }

  #term(): RegexpNode {
    const c = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
    switch (c) {
      case "(": return this.#group();
      case "[": return this.#atom(this.#class());
      case "^": case "$": this.#at++; return { kind: "place", source: this.#modifiers.reduceRight((inner, modifier) => `${modifier}${inner})`, c) };
      case "\\": return this.#escape();
      case "*": case "+": case "?": case "{": throw new Error("nothing to repeat");
      default: this.#at += c.length; return this.#atom(c);
    }
  }

  #escape(): RegexpNode {
    const found = /^\\(?:[pP]\{[^}]*\}|u\{[0-9A-Fa-f]+\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|c[A-Za-z]|k<([^>]+)>|([1-9]\d*)|[^])/u.exec(this.#source.slice(this.#at))!;
    this.#at += found[0].length;
    if (found[1] !== undefined || found[2] !== undefined) {
      this.hasBack = true;
      return { kind: "back", to: found[1] ?? Number(found[2]) };
    }
    return found[0] === "\\b" || found[0] === "\\B" ? { kind: "place", source: found[0] } : this.#atom(found[0]);
  }

  #class(): string {
    const start = this.#at;
    let depth = 0;
    do {
      if (this.atEnd) throw new Error("class");
      const c = this.#source[this.#at];
      if (c === "\\") this.#at++;
      else if (c === "[") depth++;
      else if (c === "]") depth--;
      this.#at++;
    } while (depth > 0);
    return this.#source.slice(start, this.#at);
  }

  #group(): RegexpNode {
    const close = <T>(result: T): T => {
      if (!this.#take(")")) throw new Error("group");
      return result;
    };
    const atomic = /^\(\?=\(\?<(p\d+)>/.exec(this.#source.slice(this.#at));
    if (atomic !== null) {
      const start = this.#at, groups = this.groups, name = atomic[1]!;
      this.#at += atomic[0].length;
      const index = this.#named(name), body = this.choice();
      if (this.#take(`))\\k<${name}>`)) return { kind: "atomic", group: { index, name }, body };
      this.#at = start;
      this.groups = groups;
      this.names.delete(name);
    }
    for (const [text, behind, negative] of [["(?=", false, false], ["(?!", false, true], ["(?<=", true, false], ["(?<!", true, true]] as const) {
      if (this.#take(text)) return close({ kind: "look", behind, negative, body: this.choice() });
    }
    if (this.#take("(?:")) return close(this.choice());
    const modifier = /^\(\?[ims]*(?:-[ims]+)?:/.exec(this.#source.slice(this.#at));
    if (modifier !== null) {
      const around = this.#modifiers;
      this.#at += modifier[0].length;
      this.#modifiers = [...around, modifier[0]];
      const body = this.choice();
      this.#modifiers = around;
      return close(body);
    }
    const named = /^\(\?<([^>=!]+)>/.exec(this.#source.slice(this.#at));
    if (named !== null) {
      this.#at += named[0].length;
      const index = this.#named(named[1]!);
      return close({ kind: "group", index, name: named[1], body: this.choice() });
    }
    if (this.#is("(?")) throw new Error("group");
    this.#at++;
    const index = ++this.groups;
    return close({ kind: "group", index, name: undefined, body: this.choice() });
  }

  #named(name: string): number {
    this.names.set(name, ++this.groups);
    return this.groups;
  }
}
