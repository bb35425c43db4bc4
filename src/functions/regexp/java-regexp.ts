/**
 * Java's regular expressions as JavaScript's: inline flags, possessive and atomic groups, `\Q..\E`, POSIX classes, class
 * intersections are rewritten; the rest is shared by both. Matching is by code points, `\d \w \s \b` are ASCII as in Java.
 */
import { executionError } from "../errors.ts";
import { BoundedRegExp } from "./bounded-regexp.ts";

const cache = new Map<string, RegExp | null>();

/** The expression with flag `g`; its lastIndex is the caller's to set. @throws ExecutionError INVALID_PARAMETER_VALUE.PATTERN */
export function javaRegExp(pattern: string, functionName: string): RegExp {
  let found = cache.get(pattern);
  if (found === undefined) {
    try {
      const { source, flags } = translate(pattern);
      found = new BoundedRegExp(source, `g${flags}`);
    } catch {
      found = null;
    }
    if (cache.size > 1000) cache.clear();
    cache.set(pattern, found);
  }
  if (found === null) {
    throw executionError("INVALID_PARAMETER_VALUE.PATTERN", "22023", `The value of parameter(s) \`regexp\` in \`${functionName}\` is invalid: '${pattern}'.`,
      { parameter: "`regexp`", functionName: `\`${functionName}\``, value: `'${pattern}'` });
  }
  found.lastIndex = 0;
  return found;
}

const POSIX: Readonly<Record<string, string>> = {
  Lower: "a-z", Upper: "A-Z", ASCII: "\\x00-\\x7f", Alpha: "a-zA-Z", Digit: "0-9", Alnum: "a-zA-Z0-9", Punct: "!-\\/:-@\\[-`\\{-~", Graph: "!-~", Print: " -~", Blank: " \\t", Cntrl: "\\x00-\\x1f\\x7f", XDigit: "0-9a-fA-F", Space: "\\s",
};

function translate(pattern: string): { source: string; flags: string } {
  let at = 0, flags = "v", quoting = false, groups = 0;
  const leading = /^\(\?([a-zA-Z]+)\)/.exec(pattern);
  let dotAll = false;
  if (leading !== null) {
    at = leading[0].length;
    for (const c of leading[1]!) {
      if (c === "i" || c === "m") flags += c;
      else if (c === "s") { dotAll = true; flags += "s"; } else if (!/[duU]/.test(c)) throw new Error("flags");
    }
  }
  // In front: each match begins where the one before ended.
  if (pattern.startsWith("\\G", at)) { flags += "y"; at += 2; }
  let out = "";
  const escapeLiteral = (c: string): string => (/[\^$\\.*+?()[\]{}|/]/.test(c) ? `\\${c}` : c);
  /** Starts in `out` of open groups, to wrap what a possessive quantifier follows. */
  const starts: number[] = [];
  let last = 0;
  while (at < pattern.length) {
    const c = String.fromCodePoint(pattern.codePointAt(at)!);
    if (quoting) {
      if (pattern.startsWith("\\E", at)) { quoting = false; at += 2; continue; }
      last = out.length;
      out += escapeLiteral(c);
      at += c.length;
      continue;
    }
    switch (c) {
      case "\\": {
        const next = pattern[at + 1];
        if (next === undefined) throw new Error("escape");
        if (next === "Q") { quoting = true; at += 2; break; }
        last = out.length;
        const { text, length } = escapeSequence(pattern, at, false);
        out += text;
        at += length;
        break;
      }
      case "[": {
        last = out.length;
        const { text, length } = characterClass(pattern, at);
        out += text;
        at += length;
        break;
      }
      case "(": {
        starts.push(out.length);
        if (pattern.startsWith("(?>", at)) {
          // An atomic group: what a lookahead found is not given back.
          const close = closing(pattern, at), body = translateRest(pattern.slice(at + 3, close));
          groups++;
          last = starts.pop()!;
          out += `(?:(?=(?<p${groups}>${body}))\\k<p${groups}>)`;
          at = close + 1;
          break;
        }
        const inline = /^\(\?([A-Za-z]*)(?:-([A-Za-z]+))?\)/.exec(pattern.slice(at));
        if (inline !== null) {
          starts.pop();
          // Flags hold to the end of the group that they stand in.
          const from = at + inline[0].length, end = groupEnd(pattern, from), off = flagsOf(inline[2] ?? "");
          out += `(?${flagsOf(inline[1]!)}${off === "" ? "" : `-${off}`}:${translateRest(pattern.slice(from, end))})`;
          at = end;
          break;
        }
        if (!pattern.startsWith("(?", at)) groups++;
        out += "(";
        at++;
        break;
      }
      case ")": {
        const start = starts.pop();
        if (start === undefined) throw new Error("group");
        last = start;
        out += ")";
        at++;
        break;
      }
      case "*": case "+": case "?": case "{": {
        const quantifier = c === "{" ? /^\{\d+(?:,\d*)?\}/.exec(pattern.slice(at))?.[0] : c;
        if (quantifier === undefined) throw new Error("quantifier");
        at += quantifier.length;
        if (pattern[at] === "+") {
          // Possessive: as an atomic group.
          groups++;
          const body = out.slice(last);
          out = `${out.slice(0, last)}(?=(?<p${groups}>${body}${quantifier}))\\k<p${groups}>`;
          at++;
        } else if (pattern[at] === "?") { out += `${quantifier}?`; at++; } else out += quantifier;
        break;
      }
      case ".": last = out.length; out += dotAll ? "." : "[^\\n\\r\\u0085\\u2028\\u2029]"; at++; break;
      case "$": last = out.length; out += flags.includes("m") ? "$" : "(?=(?:\\r\\n|[\\n\\r\\u0085\\u2028\\u2029])?$(?![^]))"; at++; break;
      case "}": case "]": last = out.length; out += `\\${c}`; at++; break;
      default: last = out.length; out += c === "/" ? "\\/" : c; at += c.length;
    }
  }
  if (starts.length > 0) throw new Error("group");
  return { source: out, flags };
}

/** Java's flags as JavaScript's; those for other alphabets and line ends change nothing here. */
function flagsOf(letters: string): string {
  if (/[^dimsuU]/.test(letters)) throw new Error("flags");
  return letters.replace(/[duU]/g, "");
}

/** Where the group ends in which a place is; the pattern's end if it is in none. */
function groupEnd(pattern: string, from: number): number {
  try {
    return closing(`(${pattern.slice(from)}`, 0) + from - 1;
  } catch {
    return pattern.length;
  }
}

/** Where a group ends. */
function closing(pattern: string, start: number): number {
  let depth = 0, inClass = false;
  for (let at = start; at < pattern.length; at++) {
    const c = pattern[at];
    if (c === "\\") at++;
    else if (inClass) inClass = c !== "]";
    else if (c === "[") inClass = true;
    else if (c === "(") depth++;
    else if (c === ")" && --depth === 0) return at;
  }
  throw new Error("group");
}
const translateRest = (rest: string): string => translate(rest).source;

const HEX: Readonly<Record<string, string>> = { a: "\\x07", e: "\\x1b", h: "[ \\t\\xA0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000]", R: "(?:\\r\\n|[\\n\\x0b\\f\\r\\u0085\\u2028\\u2029])", z: "$(?![^])", Z: "(?=(?:\\r?\\n)?$(?![^]))", A: "(?<![^])", v: "[\\n\\x0b\\f\\r\\u0085\\u2028\\u2029]", s: "[ \\t\\n\\x0b\\f\\r]", S: "[^ \\t\\n\\x0b\\f\\r]", d: "[0-9]", D: "[^0-9]", w: "[a-zA-Z_0-9]", W: "[^a-zA-Z_0-9]" };

function escapeSequence(pattern: string, at: number, inClass: boolean): { text: string; length: number } {
  const next = String.fromCodePoint(pattern.codePointAt(at + 1)!);
  if (next === "p" || next === "P") {
    const parts = /^\{\^?([A-Za-z_=]+)\}|^([A-Z])/.exec(pattern.slice(at + 2));
    if (parts === null) throw new Error("property");
    const property = parts[1] ?? parts[2]!, posix = POSIX[property];
    const length = 2 + parts[0].length;
    if (posix !== undefined) return { text: next === "p" ? `[${posix}]` : `[^${posix}]`, length };
    const name = property.startsWith("Is") ? property.slice(2) : property.startsWith("In") ? property.slice(2) : property;
    const java: Readonly<Record<string, string>> = { javaLowerCase: "Ll", javaUpperCase: "Lu", javaWhitespace: "White_Space", L1: "L", IsAlphabetic: "Alphabetic" };
    const wanted = java[property] ?? name;
    return { text: `\\${next}{${isScript(wanted) ? `Script=${wanted}` : wanted}}`, length };
  }
  if (/[1-9]/.test(next) && !inClass) return { text: `\\${next}`, length: 2 };
  if (next === "0") {
    const digits = /^[0-7]{1,3}/.exec(pattern.slice(at + 2));
    if (digits === null) throw new Error("octal");
    return { text: `\\x${parseInt(digits[0], 8).toString(16).padStart(2, "0")}`, length: 2 + digits[0].length };
  }
  if (next === "k") {
    const name = /^<[A-Za-z][A-Za-z0-9]*>/.exec(pattern.slice(at + 2));
    if (name === null) throw new Error("group name");
    return { text: `\\k${name[0]}`, length: 2 + name[0].length };
  }
  if (next === "x") {
    const hex = /^(?:[0-9a-fA-F]{2}|\{[0-9a-fA-F]+\})/.exec(pattern.slice(at + 2));
    if (hex === null) throw new Error("hex");
    return { text: hex[0].startsWith("{") ? `\\u${hex[0]}` : `\\x${hex[0]}`, length: 2 + hex[0].length };
  }
  if (next === "u") {
    const hex = /^[0-9a-fA-F]{4}/.exec(pattern.slice(at + 2));
    if (hex === null) throw new Error("unicode");
    return { text: `\\u${hex[0]}`, length: 6 };
  }
  const known = HEX[next];
  if (known !== undefined) {
    if (inClass && (next === "z" || next === "Z" || next === "A" || next === "R")) throw new Error("escape");
    return { text: known, length: 2 };
  }
  if (/[bBntrf]/.test(next)) return { text: `\\${next}`, length: 2 };
  if (/[A-Za-z]/.test(next)) throw new Error("escape");
  return { text: /[\^$\\.*+?()[\]{}|/\-&!#%,:;<=>@`~]/.test(next) ? `\\${next}` : next, length: 1 + next.length };
}

const isScript = (name: string): boolean => /^(?:Han|Latin|Greek|Cyrillic|Hiragana|Katakana|Arabic|Hebrew|Thai|Hangul|Devanagari|Armenian|Georgian)$/.test(name);

/** A class in brackets, with `&&` and classes inside, as the `v` flag writes them. */
function characterClass(pattern: string, start: number): { text: string; length: number } {
  let at = start + 1, out = "[";
  if (pattern[at] === "^") { out += "^"; at++; }
  const parts: string[] = [];
  let current = "";
  if (pattern[at] === "]") { current += "\\]"; at++; }
  for (;;) {
    if (at >= pattern.length) throw new Error("class");
    const c = String.fromCodePoint(pattern.codePointAt(at)!);
    if (c === "]") { at++; break; }
    if (c === "[") {
      const inner = characterClass(pattern, at);
      current += inner.text;
      at += inner.length;
    } else if (c === "\\") {
      if (pattern[at + 1] === undefined) throw new Error("escape");
      const { text, length } = escapeSequence(pattern, at, true);
      current += text;
      at += length;
    } else if (pattern.startsWith("&&", at)) {
      parts.push(current);
      current = "";
      at += 2;
    } else {
      current += c === "-" ? dash(pattern, at, start) : /[()|/{}&!#%,:;<=>@`~^$*+?.]/.test(c) && c !== "-" ? `\\${c}` : c;
      at += c.length;
    }
  }
  parts.push(current);
  out += parts.length === 1 ? parts[0]! : parts.map(part => `[${part}]`).join("&&");
  return { text: `${out}]`, length: at - start };
}

/** A dash between two characters is a range, elsewhere itself. */
function dash(pattern: string, at: number, start: number): string {
  const isFirst = at === start + 1 || (at === start + 2 && pattern[start + 1] === "^");
  return isFirst || pattern[at + 1] === "]" || pattern[at + 1] === undefined ? "\\-" : "-";
}

/** The number of groups of an expression. */
export function groupCount(expression: RegExp): number {
  let count = groupCounts.get(expression);
  if (count === undefined) {
    count = new RegExp(`${expression.source}|`, expression.flags).exec("")!.length - 1;
    groupCounts.set(expression, count);
  }
  return count;
}
const groupCounts = new WeakMap<RegExp, number>();
