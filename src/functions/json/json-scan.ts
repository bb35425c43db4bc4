/** Finds a value in JSON text by a path without reading the rest of it: what stands behind the value isn't looked at. */
import type { PathStep } from "./json-tree.ts";

const QUOTE = 34, BACKSLASH = 92, OPEN = 123, CLOSE = 125, LIST = 91, LIST_END = 93, COMMA = 44, COLON = 58;

/** The text of a value; undefined if nothing stands at the path or the text before it is no JSON. */
export function scanJson(text: string, steps: readonly PathStep[]): string | undefined {
  let at = space(text, 0);
  for (const step of steps) {
    if (step.kind === "key") at = member(text, at, step.name);
    else if (step.kind === "index") at = element(text, at, step.index);
    else return undefined;
    if (at < 0) return undefined;
  }
  const end = skip(text, at);
  return end < 0 ? undefined : text.slice(at, end);
}

function space(text: string, at: number): number {
  for (;;) {
    const c = text.charCodeAt(at);
    if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return at;
    at++;
  }
}

/** Behind a string that begins at a quote; -1 if it doesn't end. */
function stringEnd(text: string, at: number): number {
  for (let p = at + 1; p < text.length; p++) {
    const c = text.charCodeAt(p);
    if (c === QUOTE) return p + 1;
    if (c === BACKSLASH) p++;
    else if (c < 32) return -1;
  }
  return -1;
}

const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y;

const MAX_DEPTH = 1000;
/** Behind a value; -1 if it is none, or nested too deep. */
function skip(text: string, at: number, depth = 0): number {
  const c = text.charCodeAt(at);
  if (c === QUOTE) return stringEnd(text, at);
  if (c === OPEN || c === LIST) {
    if (depth > MAX_DEPTH) return -1;
    let end = -1;
    if (!entries(text, at, (_key, value) => { end = value; return false; }, next => { end = next; }, depth + 1)) return -1;
    return end;
  }
  SCALAR.lastIndex = at;
  return SCALAR.test(text) ? SCALAR.lastIndex : -1;
}

/**
 * Walks an object or array: `visit` sees the start of each key (of an array: -1) and value and says whether to stop there;
 * `done` gets the place behind the whole. False if the text is no JSON before that.
 */
function entries(text: string, start: number, visit: (key: number, value: number) => boolean, done: (end: number) => void, depth = 0): boolean {
  const isObject = text.charCodeAt(start) === OPEN, close = isObject ? CLOSE : LIST_END;
  let at = space(text, start + 1);
  if (text.charCodeAt(at) === close) { done(at + 1); return true; }
  for (;;) {
    let key = -1;
    if (isObject) {
      key = at;
      if (text.charCodeAt(at) !== QUOTE || (at = stringEnd(text, at)) < 0 || text.charCodeAt(at = space(text, at)) !== COLON) return false;
      at = space(text, at + 1);
    }
    if (visit(key, at)) return true;
    if ((at = skip(text, at, depth)) < 0) return false;
    const c = text.charCodeAt(at = space(text, at));
    if (c === close) { done(at + 1); return true; }
    if (c !== COMMA) return false;
    at = space(text, at + 1);
  }
}

/** Start of the value of a key; -1 if there is none. */
function member(text: string, at: number, name: string): number {
  if (text.charCodeAt(at) !== OPEN) return -1;
  let found = -1;
  entries(text, at, (key, value) => {
    const end = stringEnd(text, key), raw = text.slice(key + 1, end - 1);
    if (raw !== name && !(raw.includes("\\") && unescaped(text.slice(key, end)) === name)) return false;
    found = value;
    return true;
  }, () => {});
  return found;
}

function element(text: string, at: number, index: number): number {
  if (text.charCodeAt(at) !== LIST) return -1;
  let found = -1, i = 0;
  entries(text, at, (_key, value) => {
    if (i++ !== index) return false;
    found = value;
    return true;
  }, () => {});
  return found;
}

function unescaped(text: string): string | undefined {
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}
