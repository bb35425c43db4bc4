/** Catches kernels of sessions that open, widen, join, count or forget otherwise than the plain rule: rows far out of order, sessions that become one after they were stored, ended ones, restored and compacted ones. */
import assert from "node:assert/strict";
import test from "node:test";
import { seededRandom } from "../base/clock.ts";
import { Arena } from "../memory/arena.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import { kernels } from "./kernels.ts";
import { SESSION_GROUP_BYTES, SESSION_NODE_BYTES, SessionHeader } from "./sessions.ts";

const SEED = Number(process.env["MILLRACE_SEED"] ?? "1"), random = seededRandom(SEED), memory = linearMemory();
const below = (end: number): number => random.uint32() % end;
const u32 = (at: number): number => memory.u32[at >>> 2]!;
const i64 = (at: number): number => Number(memory.i64[at / 8]);
const listed = (pointer: number, count: number): number[] => Array.from({ length: count }, (_, i) => u32(pointer + 4 * i));
/** Of a group, before which other words lie; of a node; of a session's row, whose rows are counted behind its bounds. */
const OFFSET = 16, NEWEST = 8, COUNT = 16, ROW = 24, OLDER = 28, NODES = 4000, ROW_OFFSET = 8;

interface Session { readonly start: number; readonly end: number; readonly rows: number }

function list(arena: Arena, values: readonly number[]): number {
  const pointer = arena.allocate(4 * values.length + 4);
  values.forEach((value, i) => { memory.u32[(pointer >>> 2) + i] = value; });
  return pointer;
}
function times(arena: Arena, values: readonly number[]): number {
  const pointer = arena.allocate(8 * values.length + 8);
  values.forEach((value, i) => { memory.i64[pointer / 8 + i] = BigInt(value); });
  return pointer;
}

class Open {
  readonly arena: Arena;
  readonly header: number;
  readonly groups: readonly number[];
  constructor(arena: Arena, keys: number) {
    this.arena = arena;
    this.header = arena.allocateZeroed(SessionHeader.bytes);
    this.groups = Array.from({ length: keys }, () => arena.allocateZeroed(OFFSET + SESSION_GROUP_BYTES));
    memory.u32[(this.header + SessionHeader.nodes) >>> 2] = arena.allocateZeroed(NODES * SESSION_NODE_BYTES);
  }
  set bound(time: number) { memory.i64[(this.header + SessionHeader.bound) / 8] = BigInt(time); }
  get live(): number { return u32(this.header + SessionHeader.live); }
  beginBatch(): void {
    memory.u32[(this.header + SessionHeader.batch) >>> 2]!++;
    memory.u32[(this.header + SessionHeader.replaced) >>> 2] = 0;
  }

  push(keys: readonly number[], starts: readonly number[], ends: readonly number[], rows: readonly number[]): void {
    const { arena, header } = this, kernel = kernels(), count = rows.length, room = () => arena.allocate(4 * count + 4), nodes = room(), freshRows = room(), freshNodes = room();
    const groups = list(arena, rows.map(row => this.groups[keys[row]!]!));
    const made = kernel.sessionAssign(header, groups, OFFSET, list(arena, rows), count, times(arena, starts), times(arena, ends), nodes, freshRows, freshNodes) >>> 0;
    const fresh = kernel.sessionSettle(header, freshRows, freshNodes, made) >>> 0;
    kernel.sessionBind(header, freshNodes, list(arena, Array.from({ length: fresh }, () => arena.allocateZeroed(ROW_OFFSET + 24))), fresh);
    const addresses = room();
    kernel.sessionRows(header, nodes, count, ROW_OFFSET, addresses);
    const bytes = 4 * u32(header + SessionHeader.merges) + 4, into = arena.allocate(bytes), from = arena.allocate(bytes), merges = kernel.sessionMerges(header, into, from) >>> 0;
    for (let i = 0; i < merges; i++) memory.i64[(u32(into + 4 * i) + ROW_OFFSET + 16) / 8]! += memory.i64[(u32(from + 4 * i) + ROW_OFFSET + 16) / 8]!;
    for (const row of listed(addresses, count)) memory.i64[(row + ROW_OFFSET + 16) / 8]!++;
  }

  /** Rows of a key's sessions, newest first. */
  rowsOf(key: number): number[] {
    const rows: number[] = [], nodes = u32(this.header + SessionHeader.nodes);
    for (let node = u32(this.groups[key]! + OFFSET + NEWEST); node !== 0; node = u32(nodes + node * SESSION_NODE_BYTES + OLDER)) {
      const at = nodes + node * SESSION_NODE_BYTES, row = u32(at + ROW);
      assert.deepEqual([i64(row + ROW_OFFSET), i64(row + ROW_OFFSET + 8)], [i64(at), i64(at + 8)]);
      rows.push(row);
    }
    return rows;
  }
  sessions(key: number): Session[] {
    const found = this.rowsOf(key).map(row => ({ start: i64(row + ROW_OFFSET), end: i64(row + ROW_OFFSET + 8), rows: i64(row + ROW_OFFSET + 16) })).reverse();
    if (found.length > 0) assert.equal(i64(this.groups[key]! + OFFSET), found.at(-1)!.end);
    assert.equal(u32(this.groups[key]! + OFFSET + COUNT), found.length);
    return found;
  }
}

/** A row's own session among those of its key: it takes in all that it overlaps or touches. */
function withRow(sessions: readonly Session[], start: number, end: number): Session[] {
  const met = sessions.filter(session => session.start <= end && session.end >= start);
  const one = { start: Math.min(start, ...met.map(session => session.start)), end: Math.max(end, ...met.map(session => session.end)), rows: 1 + met.reduce((sum, session) => sum + session.rows, 0) };
  return [...sessions.filter(session => !met.includes(session)), one].sort((a, b) => a.start - b.start);
}

test("sessions of keys, row by row", () => {
  for (let round = 0; round < 150; round++) {
    const arena = new Arena(), keyCount = 1 + below(4), keys = Array.from({ length: keyCount }, (_, key) => key), where = `seed ${SEED}, round ${round}`, kernel = kernels();
    let open = new Open(arena, keyCount), twin: Session[][] = keys.map(() => []), bound = -below(200);
    open.bound = bound;
    for (let batch = 0; batch < 8; batch++) {
      open.beginBatch();
      const begin = twin.map(sessions => sessions.filter(session => session.end > bound).map(session => session.start)), seen = new Set<number>();
      for (let push = below(4); push > 0; push--) {
        const length = 1 + below(25), of = Array.from({ length }, () => below(keyCount)), starts = of.map(() => bound + below(200)), ends = starts.map(start => Math.max(start + 1, bound + 1) + below(20)), rows = of.map((_, row) => row).filter(() => below(4) > 0);
        for (const row of rows) {
          const key = of[row]!;
          if (!seen.has(key)) twin[key] = twin[key]!.filter(session => session.end > bound); // a key lets go of what is over when it is met
          seen.add(key);
          twin[key] = withRow(twin[key]!, starts[row]!, ends[row]!);
        }
        open.push(of, starts, ends, rows);
        assert.deepEqual(keys.map(key => open.sessions(key)), twin, where);
      }
      const replaced = keys.filter(key => seen.has(key)).reduce((sum, key) => sum + begin[key]!.filter(start => !twin[key]!.some(session => session.start === start)).length, 0);
      assert.equal(u32(open.header + SessionHeader.replaced), replaced, where);
      const some = keys.filter(() => below(2) === 0);
      assert.equal(kernel.sessionCount(list(arena, some.map(key => open.groups[key]!)), OFFSET, some.length), some.reduce((sum, key) => sum + twin[key]!.length, 0));
      assert.equal(open.live, twin.flat().length);
      open.bound = bound += below(60);
      if (below(3) === 0) {
        twin = twin.map(sessions => sessions.filter(session => session.end > bound));
        kernel.sessionCompact(open.header, list(arena, open.groups), OFFSET, keyCount, arena.allocateZeroed(NODES * SESSION_NODE_BYTES));
        assert.deepEqual([keys.map(key => open.sessions(key)), open.live], [twin, twin.flat().length], where);
      }
      if (below(4) === 0) {
        // In any order, as a restored table gives them.
        const stored = keys.flatMap(key => open.rowsOf(key).map(row => [random.uint32(), key, row] as const)).sort((a, b) => a[0] - b[0]), restored = new Open(arena, keyCount);
        kernel.sessionRestore(restored.header, list(arena, stored.map(([, key]) => restored.groups[key]!)), OFFSET, stored.length, list(arena, stored.map(([, , row]) => row)), ROW_OFFSET);
        restored.bound = bound;
        kernel.sessionForget(open.header, list(arena, open.groups), OFFSET, keyCount);
        assert.equal(open.live, 0);
        open = restored;
        assert.deepEqual(keys.map(key => open.sessions(key)), twin, where);
      }
    }
    arena.release();
  }
});

test("rows with a session that is not empty; times moved", () => {
  for (let round = 0; round < 300; round++) {
    const arena = new Arena(), length = 1 + below(60), numbers = Array.from({ length }, (_, i) => i), starts = numbers.map(() => below(20)), ends = numbers.map(() => below(20)), valid = [0, 1].map(() => numbers.map(() => below(5) > 0)), withNulls = [below(2) === 0, below(2) === 0], selected = below(2) === 0, rows = numbers.filter(() => !selected || below(3) > 0);
    const bytes = valid.map((flags, i) => {
      const pointer = arena.allocate(length);
      flags.forEach((flag, row) => { memory.u8[pointer + row] = flag ? 1 : 0; });
      return withNulls[i] ? pointer : 0;
    });
    const selection = selected ? list(arena, rows) : 0, data = times(arena, starts), out = arena.allocate(4 * length + 8), moved = arena.allocateZeroed(8 * length), delta = below(100) - 50;
    const count = kernels().selectSessions(data, bytes[0]!, times(arena, ends), bytes[1]!, selection, rows.length, out) >>> 0;
    assert.deepEqual(listed(out, count), rows.filter(row => ends[row]! > starts[row]! && valid.every((flags, i) => !withNulls[i] || flags[row])), `seed ${SEED}, ${round}`);
    kernels().addToTimes(data, selection, rows.length, BigInt(delta), moved);
    for (const row of rows) assert.equal(i64(moved + 8 * row), starts[row]! + delta);
    arena.release();
  }
});
