// Open sessions of keys. A key is a group of a state table whose state tells of its sessions:
//   greatest end i64 | newest session u32 | oldest session u32 | sessions u32 | batch that saw the key last u32
// A session is a node, named by its number; nodes of a key are linked, newest first, and neither overlap nor touch, so
// that rows which come nearly in order find theirs at once. A node that was absorbed forwards to the one that took it in.
export const GROUP_NEWEST: usize = 8;
export const GROUP_OLDEST: usize = 12;
export const GROUP_COUNT: usize = 16;
export const GROUP_SEEN: usize = 20;

const START: usize = 0;
const END: usize = 8;
const FIRST_START: usize = 16; // least start, at the begin of the batch, of what this session is made of
const ROW: usize = 24; // address of its row in the table of sessions; 0: none yet; 1: none yet, and it must get one
const OLDER: usize = 28;
const NEWER: usize = 32;
const STORED: usize = 36; // sessions of the batch's begin that it is made of
const EPOCH: usize = 40; // batch for which FIRST_START and STORED hold
const FORWARD: usize = 44;
const NODE: usize = 48;

// Header.
const NODES: usize = 0; // address of node 0, which is none
const FREE: usize = 4;
const USED: usize = 8; // numbers given so far
const LIVE: usize = 12;
const BATCH: usize = 16;
const REPLACED: usize = 20; // sessions of the batch's begin that are gone, or begin elsewhere now
const BOUND: usize = 24; // i64: what ends here or before is gone
const ABSORBED: usize = 32; // first and last of the chain of absorbed nodes, by OLDER
const LAST_ABSORBED: usize = 36;
const MERGES: usize = 40; // absorbed nodes that have a row

// @ts-ignore: decorator
@inline function nodeAt(h: usize, number: u32): usize { return <usize>load<u32>(h, NODES) + <usize>number * NODE; }

function newNode(h: usize): u32 {
  let number = load<u32>(h, FREE);
  if (number != 0) store<u32>(h, load<u32>(nodeAt(h, number), OLDER), FREE);
  else { number = load<u32>(h, USED) + 1; store<u32>(h, number, USED); }
  store<u32>(h, load<u32>(h, LIVE) + 1, LIVE);
  return number;
}
function freeNode(h: usize, number: u32): void {
  store<u32>(nodeAt(h, number), load<u32>(h, FREE), OLDER);
  store<u32>(h, number, FREE);
  store<u32>(h, load<u32>(h, LIVE) - 1, LIVE);
}

/** Of the stored sessions that this one is made of, how many are gone: all, or all but the one that begins where it does. */
function replaced(node: usize): u32 {
  const stored = load<u32>(node, STORED);
  return stored == 0 ? 0 : stored - <u32>(load<i64>(node, START) == load<i64>(node, FIRST_START));
}

/** As of the begin of this batch, if this batch has not changed it yet. */
function settle(node: usize, batch: u32): void {
  if (load<u32>(node, EPOCH) == batch) return;
  store<u32>(node, batch, EPOCH);
  store<u32>(node, 1, STORED);
  store<i64>(node, load<i64>(node, START), FIRST_START);
}

/** Lets go of sessions that are over; they are the oldest. */
function dropEnded(h: usize, group: usize, bound: i64): void {
  let oldest = load<u32>(group, GROUP_OLDEST), count = load<u32>(group, GROUP_COUNT);
  while (oldest != 0 && load<i64>(nodeAt(h, oldest), END) <= bound) {
    const newer = load<u32>(nodeAt(h, oldest), NEWER);
    freeNode(h, oldest);
    count--;
    oldest = newer;
  }
  if (oldest != 0) store<u32>(nodeAt(h, oldest), 0, OLDER);
  else store<u32>(group, 0, GROUP_NEWEST);
  store<u32>(group, oldest, GROUP_OLDEST);
  store<u32>(group, count, GROUP_COUNT);
}

/** A new node between two of a key. */
function insert(h: usize, group: usize, newer: u32, older: u32, start: i64, end: i64): u32 {
  const number = newNode(h), node = nodeAt(h, number);
  store<i64>(node, start, START);
  store<i64>(node, end, END);
  store<u32>(node, 0, ROW);
  store<u32>(node, older, OLDER);
  store<u32>(node, newer, NEWER);
  store<u32>(node, 0, STORED);
  store<u32>(node, load<u32>(h, BATCH), EPOCH);
  store<u32>(node, 0, FORWARD);
  if (older != 0) store<u32>(nodeAt(h, older), number, NEWER);
  else store<u32>(group, number, GROUP_OLDEST);
  if (newer != 0) store<u32>(nodeAt(h, newer), number, OLDER);
  else { store<u32>(group, number, GROUP_NEWEST); store<i64>(group, end); }
  store<u32>(group, load<u32>(group, GROUP_COUNT) + 1, GROUP_COUNT);
  return number;
}

/** A session that begins earlier now is taken in by the older ones that it touches; returns the one that remains. */
function intoOlder(h: usize, group: usize, number: u32): u32 {
  const batch = load<u32>(h, BATCH);
  let node = nodeAt(h, number);
  while (true) {
    const older = load<u32>(node, OLDER), into = nodeAt(h, older);
    if (older == 0 || load<i64>(into, END) < load<i64>(node, START)) return number;
    settle(into, batch);
    const before = replaced(node) + replaced(into), stored = load<u32>(into, STORED);
    store<i64>(into, load<i64>(node, END), END);
    if (load<i64>(node, START) < load<i64>(into, START)) store<i64>(into, load<i64>(node, START), START);
    // Stored sessions of the older one begin earlier than those of the other.
    if (stored == 0) store<i64>(into, load<i64>(node, FIRST_START), FIRST_START);
    store<u32>(into, stored + load<u32>(node, STORED), STORED);
    store<u32>(h, load<u32>(h, REPLACED) - before + replaced(into), REPLACED);
    const newer = load<u32>(node, NEWER);
    store<u32>(into, newer, NEWER);
    if (newer != 0) store<u32>(nodeAt(h, newer), older, OLDER);
    else store<u32>(group, older, GROUP_NEWEST);
    store<u32>(group, load<u32>(group, GROUP_COUNT) - 1, GROUP_COUNT);
    store<u32>(node, older, FORWARD);
    if (load<u32>(node, ROW) != 0) {
      store<u32>(h, load<u32>(h, MERGES) + 1, MERGES);
      if (load<u32>(into, ROW) == 0) store<u32>(into, 1, ROW);
    }
    const last = load<u32>(h, LAST_ABSORBED);
    if (last != 0) store<u32>(nodeAt(h, last), number, OLDER);
    else store<u32>(h, number, ABSORBED);
    store<u32>(node, 0, OLDER);
    store<u32>(h, number, LAST_ABSORBED);
    number = older;
    node = into;
  }
}

/**
 * The session of each row's `[start, end]` among those of its key: one that it overlaps or touches, and that it may
 * widen and join to others, or a new one. Their nodes go to `out`. Rows and nodes of new ones are listed; their number is
 * returned. `groups`: the keys' groups, whose sessions are told of at `offset`. There must be room for `count` new nodes.
 */
export function sessionAssign(h: usize, groups: usize, offset: usize, sel: usize, count: u32, starts: usize, ends: usize, out: usize, freshRows: usize, freshNodes: usize): u32 {
  const batch = load<u32>(h, BATCH), bound = load<i64>(h, BOUND);
  let fresh: usize = 0;
  store<u32>(h, 0, ABSORBED);
  store<u32>(h, 0, LAST_ABSORBED);
  store<u32>(h, 0, MERGES);
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = sel == 0 ? i : <usize>load<u32>(sel + (i << 2));
    const start = load<i64>(starts + (r << 3)), end = load<i64>(ends + (r << 3));
    const group = <usize>load<u32>(groups + (i << 2)) + offset;
    if (load<u32>(group, GROUP_SEEN) != batch) {
      store<u32>(group, batch, GROUP_SEEN);
      dropEnded(h, group, bound);
    }
    let newer: u32 = 0, number = load<u32>(group, GROUP_NEWEST), node = nodeAt(h, number);
    while (number != 0 && load<i64>(node, START) > end) {
      newer = number;
      number = load<u32>(node, OLDER);
      node = nodeAt(h, number);
    }
    if (number == 0 || load<i64>(node, END) < start) {
      number = insert(h, group, newer, number, start, end);
      store<u32>(freshRows + (fresh << 2), <u32>r);
      store<u32>(freshNodes + (fresh << 2), number);
      fresh++;
    } else {
      settle(node, batch);
      if (end > load<i64>(node, END)) {
        store<i64>(node, end, END);
        if (newer == 0) store<i64>(group, end);
      }
      if (start < load<i64>(node, START)) {
        const before = replaced(node);
        store<i64>(node, start, START);
        store<u32>(h, load<u32>(h, REPLACED) - before + replaced(node), REPLACED);
        number = intoOlder(h, group, number);
      }
    }
    store<u32>(out + (i << 2), number);
  }
  return <u32>fresh;
}

/** Keeps of the new sessions those that need a row: what was absorbed again needs none, unless rows are merged on the way. */
export function sessionSettle(h: usize, freshRows: usize, freshNodes: usize, count: u32): u32 {
  let kept: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const number = load<u32>(freshNodes + (i << 2)), node = nodeAt(h, number);
    store<u32>(freshRows + (kept << 2), load<u32>(freshRows + (i << 2)));
    store<u32>(freshNodes + (kept << 2), number);
    kept += <usize>(load<u32>(node, FORWARD) == 0 || load<u32>(node, ROW) == 1);
  }
  return <u32>kept;
}

/** Ties nodes to their rows in the table of sessions. */
export function sessionBind(h: usize, freshNodes: usize, rows: usize, count: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u32>(nodeAt(h, load<u32>(freshNodes + (i << 2))), load<u32>(rows + (i << 2)), ROW);
}

/** The rows in the table of sessions for nodes of sessionAssign; start and end are written there at `offset`. */
export function sessionRows(h: usize, numbers: usize, count: u32, offset: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    let node = nodeAt(h, load<u32>(numbers + (i << 2))), forward = load<u32>(node, FORWARD);
    while (forward != 0) { node = nodeAt(h, forward); forward = load<u32>(node, FORWARD); }
    const row = load<u32>(node, ROW);
    store<i64>(<usize>row + offset, load<i64>(node, START));
    store<i64>(<usize>row + offset, load<i64>(node, END), 8);
    store<u32>(out + (i << 2), row);
  }
}

/** Frees what the last sessionAssign absorbed, and writes the rows to merge, pair by pair in order. Returns their number. */
export function sessionMerges(h: usize, into: usize, from: usize): u32 {
  let count: usize = 0, number = load<u32>(h, ABSORBED);
  while (number != 0) {
    const node = nodeAt(h, number), next = load<u32>(node, OLDER);
    if (load<u32>(node, ROW) != 0) {
      store<u32>(into + (count << 2), load<u32>(nodeAt(h, load<u32>(node, FORWARD)), ROW));
      store<u32>(from + (count << 2), load<u32>(node, ROW));
      count++;
    }
    freeNode(h, number);
    number = next;
  }
  store<u32>(h, 0, ABSORBED);
  return <u32>count;
}

/** Sessions of all these keys. */
export function sessionCount(groups: usize, offset: usize, count: u32): u32 {
  let sum: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) sum += load<u32>(<usize>load<u32>(groups + (i << 2)) + offset, GROUP_COUNT);
  return sum;
}

/** Sessions that lie in rows with start and end at `rowOffset`, put under their keys. There must be room for `count` new nodes. */
export function sessionRestore(h: usize, groups: usize, offset: usize, count: u32, rows: usize, rowOffset: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const group = <usize>load<u32>(groups + (i << 2)) + offset, row = <usize>load<u32>(rows + (i << 2)), start = load<i64>(row + rowOffset);
    let newer: u32 = 0, older = load<u32>(group, GROUP_NEWEST);
    while (older != 0 && load<i64>(nodeAt(h, older), START) > start) { newer = older; older = load<u32>(nodeAt(h, older), OLDER); }
    const node = nodeAt(h, insert(h, group, newer, older, start, load<i64>(row + rowOffset, 8)));
    store<u32>(node, <u32>row, ROW);
    store<u32>(node, 0, EPOCH);
  }
}

/** Frees the sessions of keys that leave. */
export function sessionForget(h: usize, groups: usize, offset: usize, count: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    let number = load<u32>(<usize>load<u32>(groups + (i << 2)) + offset, GROUP_NEWEST);
    while (number != 0) {
      const older = load<u32>(nodeAt(h, number), OLDER);
      freeNode(h, number);
      number = older;
    }
  }
}

/** Copies the sessions of all keys that are not over to `nodes`, one behind the other: the header then tells of these. */
export function sessionCompact(h: usize, groups: usize, offset: usize, count: u32, nodes: usize): void {
  const bound = load<i64>(h, BOUND);
  let used: u32 = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const group = <usize>load<u32>(groups + (i << 2)) + offset;
    dropEnded(h, group, bound);
    let number = load<u32>(group, GROUP_NEWEST), newer: u32 = 0;
    while (number != 0) {
      const from = nodeAt(h, number), to = nodes + <usize>++used * NODE;
      memory.copy(to, from, NODE);
      store<u32>(to, newer, NEWER);
      number = load<u32>(from, OLDER);
      store<u32>(to, number == 0 ? 0 : used + 1, OLDER);
      if (newer == 0) store<u32>(group, used, GROUP_NEWEST);
      newer = used;
    }
    store<u32>(group, newer, GROUP_OLDEST);
  }
  store<u32>(h, <u32>nodes);
  store<u32>(h, 0, FREE);
  store<u32>(h, used, USED);
  store<u32>(h, used, LIVE);
}

/** Rows whose session is not empty: start and end are there, and the end is later. To `out`; returns their number. */
export function selectSessions(starts: usize, startValid: usize, ends: usize, endValid: usize, sel: usize, count: u32, out: usize): u32 {
  let o = out;
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = sel == 0 ? i : <usize>load<u32>(sel + (i << 2));
    store<u32>(o, <u32>r);
    let keep = <u32>(load<i64>(ends + (r << 3)) > load<i64>(starts + (r << 3)));
    if (startValid != 0) keep &= <u32>(load<u8>(startValid + r) != 0);
    if (endValid != 0) keep &= <u32>(load<u8>(endValid + r) != 0);
    o += <usize>keep << 2;
  }
  return <u32>((o - out) >> 2);
}

/** Times moved by `delta` microseconds. */
export function addToTimes(data: usize, sel: usize, count: u32, delta: i64, out: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const r = (sel == 0 ? i : <usize>load<u32>(sel + (i << 2))) << 3;
    store<i64>(out + r, load<i64>(data + r) + delta);
  }
}
