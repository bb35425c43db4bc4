/**
 * Regular expressions whose time is bounded. JavaScript's own go back and forth without end over some texts: `(a+)+$` over a row
 * of a's doubles its time with each letter. An expression whose shape allows that is run, where the text is long enough for it
 * to matter, by a search that enters each of its states at each place once (the bit state search of RE2: Cox, Regular Expression
 * Matching in the Wild, 2010): time and memory are at most states times length. What looks around or refers back is bounded by
 * a number of steps. Everything else is left to JavaScript, which is faster.
 * Which of several matches is found differs from JavaScript only where a repeated part can be empty.
 */
import { ExecutionError } from "../../base/errors.ts";
import { parseRegexp, type RegexpNode, type RegexpTree } from "./regexp-tree.ts";

/** Steps that JavaScript may need in the worst case, or that a bounded search takes, before it is too much. */
const NATIVE_STEPS = 2 ** 28, MOST_STEPS = 2 ** 24, MOST_BITS = 2 ** 28, MOST_STATES = 20_000;

type Instruction =
  | { readonly op: "atom"; readonly test: (code: number) => boolean }
  | { readonly op: "place"; readonly at: RegExp }
  | { readonly op: "split"; first: number; second: number }
  | { readonly op: "jump"; to: number }
  | { readonly op: "save"; readonly slot: number }
  | { readonly op: "look"; readonly program: Program; readonly behind: boolean; readonly negative: boolean }
  | { readonly op: "atomic"; readonly program: Program; readonly slot: number }
  | { readonly op: "back"; readonly slot: number }
  | { readonly op: "match" };
type Program = readonly Instruction[];

interface Plan { readonly program: Program; readonly groups: number; readonly names: ReadonlyMap<string, number>; readonly degree: number; readonly canBeRemembered: boolean }

/** How the time of a naive search grows: with the length to this power; Infinity: it doubles with each letter. */
function degreeOf(node: RegexpNode): number {
  switch (node.kind) {
    case "sequence": return node.parts.reduce((sum, part) => sum + degreeOf(part), 0);
    case "choice": return Math.max(...node.parts.map(degreeOf));
    case "group": case "atomic": case "look": return degreeOf(node.body);
    case "repeat": {
      const inner = degreeOf(node.body);
      if (node.most <= 4) return inner * node.most;
      return inner > 0 || !isFixed(node.body) ? Infinity : 1;
    }
    default: return 0;
  }
}

/** Whether a body is read in one way only: single code points one after another. */
function isFixed(node: RegexpNode): boolean {
  switch (node.kind) {
    case "atom": return true;
    case "group": return isFixed(node.body);
    case "sequence": return node.parts.every(isFixed);
    case "choice": return node.parts.every(part => part.kind === "atom" && /^(?:[A-Za-z0-9 ]|\\.)$/.test(part.source)) && new Set(node.parts.map(part => part.kind === "atom" ? part.source.toLowerCase() : "")).size === node.parts.length;
    default: return false;
  }
}

const isAnchored = (node: RegexpNode): boolean => node.kind === "sequence" ? isAnchored(node.parts[0]!) : node.kind === "place" ? node.source === "^" : node.kind === "group" ? isAnchored(node.body) : node.kind === "choice" && node.parts.every(isAnchored);

class Compiler {
  readonly #flags: string;
  readonly #names: ReadonlyMap<string, number>;
  readonly #atoms = new Map<string, (code: number) => boolean>();
  #count = 0;

  constructor(tree: RegexpTree, flags: string) {
    this.#flags = flags;
    this.#names = tree.names;
  }

  program(node: RegexpNode): Program {
    const out: Instruction[] = [];
    this.#emit(node, out);
    this.#push(out, { op: "match" });
    return out;
  }

  #push(out: Instruction[], instruction: Instruction): number {
    if (++this.#count > MOST_STATES) throw tooComplex("its repetitions make too many states");
    return out.push(instruction) - 1;
  }

  #emit(node: RegexpNode, out: Instruction[]): void {
    switch (node.kind) {
      case "empty": return;
      case "atom": this.#push(out, { op: "atom", test: this.#test(node.source) }); return;
      case "place": this.#push(out, { op: "place", at: new RegExp(node.source, `${this.#flags}y`) }); return;
      case "sequence": for (const part of node.parts) this.#emit(part, out); return;
      case "choice": {
        const ends: { op: "jump"; to: number }[] = [];
        node.parts.forEach((part, i) => {
          if (i === node.parts.length - 1) return this.#emit(part, out);
          const split: Instruction = { op: "split", first: 0, second: 0 }, end: { op: "jump"; to: number } = { op: "jump", to: 0 };
          split.first = this.#push(out, split) + 1;
          this.#emit(part, out);
          ends.push(end);
          split.second = this.#push(out, end) + 1;
        });
        for (const end of ends) end.to = out.length;
        return;
      }
      case "repeat": return this.#repeat(node, out);
      case "group":
        this.#push(out, { op: "save", slot: 2 * node.index });
        this.#emit(node.body, out);
        this.#push(out, { op: "save", slot: 2 * node.index + 1 });
        return;
      case "look": this.#push(out, { op: "look", program: this.program(node.body), behind: node.behind, negative: node.negative }); return;
      case "atomic": this.#push(out, { op: "atomic", program: this.program(node.body), slot: 2 * node.group.index }); return;
      case "back": this.#push(out, { op: "back", slot: 2 * (typeof node.to === "number" ? node.to : this.#names.get(node.to)!) }); return;
    }
  }

  #repeat({ body, least, most, lazy }: Extract<RegexpNode, { kind: "repeat" }>, out: Instruction[]): void {
    for (let i = 0; i < least; i++) this.#emit(body, out);
    const branch = (): { readonly split: { op: "split"; first: number; second: number }; readonly at: number } => {
      const split: { op: "split"; first: number; second: number } = { op: "split", first: 0, second: 0 };
      return { split, at: this.#push(out, split) };
    };
    const settle = (split: { first: number; second: number }, inside: number, behind: number): void => {
      split.first = lazy ? behind : inside;
      split.second = lazy ? inside : behind;
    };
    if (most === Infinity) {
      const { split, at } = branch();
      this.#emit(body, out);
      this.#push(out, { op: "jump", to: at });
      settle(split, at + 1, out.length);
      return;
    }
    const open: ReturnType<typeof branch>[] = [];
    for (let i = least; i < most; i++) {
      open.push(branch());
      this.#emit(body, out);
    }
    for (const { split, at } of open) settle(split, at + 1, out.length);
  }

  /** Asks JavaScript once a code point and remembers the answer. */
  #test(source: string): (code: number) => boolean {
    let test = this.#atoms.get(source);
    if (test === undefined) {
      const expression = new RegExp(`^(?:${source})$`, this.#flags.replace("m", "")), known = new Map<number, boolean>();
      test = code => {
        let answer = known.get(code);
        if (answer === undefined) known.set(code, answer = expression.test(String.fromCodePoint(code)));
        return answer;
      };
      this.#atoms.set(source, test);
    }
    return test;
  }
}

function tooComplex(why: string): ExecutionError {
  return new ExecutionError({
    condition: "MILLRACE_REGEXP_TOO_COMPLEX", sqlState: "54001", message: `A regular expression would take too long over this text: ${why}.`, messageParameters: { why },
    hint: "write it without repetitions inside of repetitions, or cut the text first",
  });
}

class Search {
  readonly #plan: Plan;
  readonly #text: string;
  #steps = 0;

  constructor(plan: Plan, text: string) {
    this.#plan = plan;
    this.#text = text;
  }

  /** The slots of the first match from `start` on, two a group: where it begins and ends, -1 where it has no part. */
  first(start: number): Int32Array | undefined {
    const { program, groups, canBeRemembered } = this.#plan, width = this.#text.length - start + 1;
    const bits = program.length * width;
    if (canBeRemembered && bits > MOST_BITS) throw tooComplex("it has many states, and the text is long");
    const seen = canBeRemembered ? new Uint32Array((bits >>> 5) + 1) : undefined;
    for (let at = start; at <= this.#text.length; at += this.#width(at)) {
      const slots = new Int32Array(2 * groups + 2).fill(-1);
      slots[0] = at;
      const end = this.#run(program, at, slots, seen, start);
      if (end >= 0) {
        slots[1] = end;
        return slots;
      }
    }
    return undefined;
  }

  #width(at: number): number { return (this.#text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1; }

  /** Where a match from `at` ends, or -1. `until`: where it must end. */
  #run(program: Program, at: number, slots: Int32Array, seen: Uint32Array | undefined, base: number, until = -1): number {
    const text = this.#text, width = text.length - base + 1;
    // Places to go on from, last in, first out; a negative one puts a slot back.
    const stack: number[] = [0, at];
    while (stack.length > 0) {
      let place = stack.pop()!, pc = stack.pop()!;
      if (pc < 0) {
        slots[-pc - 1] = place;
        continue;
      }
      for (;;) {
        if (++this.#steps > MOST_STEPS) throw tooComplex(`it took more than ${MOST_STEPS} steps`);
        if (seen !== undefined) {
          const bit = pc * width + (place - base);
          if ((seen[bit >>> 5]! & (1 << (bit & 31))) !== 0) break;
          seen[bit >>> 5]! |= 1 << (bit & 31);
        }
        const instruction = program[pc]!;
        let isAlive = true;
        switch (instruction.op) {
          case "atom": {
            const code = text.codePointAt(place);
            isAlive = code !== undefined && instruction.test(code);
            if (isAlive) {
              place += code! > 0xffff ? 2 : 1;
              pc++;
            }
            break;
          }
          case "place":
            instruction.at.lastIndex = place;
            isAlive = instruction.at.test(text);
            pc++;
            break;
          case "split":
            stack.push(instruction.second, place);
            pc = instruction.first;
            break;
          case "jump": pc = instruction.to; break;
          case "save":
            stack.push(-instruction.slot - 1, slots[instruction.slot]!);
            slots[instruction.slot] = place;
            pc++;
            break;
          case "look":
            isAlive = this.#look(instruction, place, slots, stack) !== instruction.negative;
            pc++;
            break;
          case "atomic": {
            const end = this.#inner(instruction.program, place, slots, stack, -1);
            isAlive = end >= 0;
            if (isAlive) {
              stack.push(-instruction.slot - 1, slots[instruction.slot]!, -instruction.slot - 2, slots[instruction.slot + 1]!);
              slots[instruction.slot] = place;
              slots[instruction.slot + 1] = end;
              place = end;
            }
            pc++;
            break;
          }
          case "back": {
            const from = slots[instruction.slot]!, to = slots[instruction.slot + 1]!;
            // A group that has no part in the match matches nothing, as in JavaScript.
            if (from >= 0 && to >= from) {
              isAlive = text.startsWith(text.slice(from, to), place);
              place += to - from;
            }
            pc++;
            break;
          }
          case "match":
            if (until < 0 || place === until) return place;
            isAlive = false;
        }
        if (!isAlive) break;
      }
    }
    return -1;
  }

  /** Runs a part of the expression on its own; what it captures stays. */
  #inner(program: Program, at: number, slots: Int32Array, stack: number[], until: number): number {
    const own = slots.slice(), end = this.#run(program, at, own, undefined, 0, until);
    if (end >= 0) own.forEach((value, slot) => {
      if (value === slots[slot]) return;
      stack.push(-slot - 1, slots[slot]!);
      slots[slot] = value;
    });
    return end;
  }

  #look({ program, behind }: Extract<Instruction, { op: "look" }>, place: number, slots: Int32Array, stack: number[]): boolean {
    if (!behind) return this.#inner(program, place, slots, stack, -1) >= 0;
    for (let at = place; at >= 0; at--) if (this.#inner(program, at, slots, stack, place) >= 0) return true;
    return false;
  }
}

/** A regular expression that is searched in bounded time. Everything but exec() is inherited and uses it. */
export class BoundedRegExp extends RegExp {
  #plan: Plan | null | undefined;

  override exec(text: string): RegExpExecArray | null {
    const plan = this.#plan === undefined ? (this.#plan = planOf(this)) : this.#plan;
    if (plan === null || text.length - this.lastIndex < 24 || Math.pow(text.length - this.lastIndex, plan.degree) <= NATIVE_STEPS) return super.exec(text);
    if (this.lastIndex > text.length) {
      this.lastIndex = 0;
      return null;
    }
    const slots = new Search(plan, text).first(this.lastIndex);
    if (slots === undefined || this.sticky && slots[0] !== this.lastIndex) {
      this.lastIndex = 0;
      return null;
    }
    const values = Array.from({ length: plan.groups + 1 }, (_, i) => slots[2 * i]! < 0 || slots[2 * i + 1]! < 0 ? undefined : text.slice(slots[2 * i], slots[2 * i + 1])) as [string, ...string[]];
    const groups = plan.names.size === 0 ? undefined : Object.fromEntries([...plan.names].map(([name, index]) => [name, values[index]!]));
    this.lastIndex = slots[1]!;
    return Object.assign(values, { index: slots[0]!, input: text, groups }) as RegExpExecArray;
  }
}

/** How to search an expression in bounded time; null where JavaScript's search is always fast. */
function planOf(expression: RegExp): Plan | null {
  const tree = parseRegexp(expression.source);
  if (tree === undefined) return null;
  const degree = degreeOf(tree.root) + (isAnchored(tree.root) ? 0 : 1);
  if (degree <= 1) return null;
  const program = new Compiler(tree, expression.flags.replace(/[gy]/g, "")).program(tree.root);
  // With references back, what happened before decides what matches.
  return { program, groups: tree.groups, names: tree.names, degree, canBeRemembered: !tree.hasBack };
}
