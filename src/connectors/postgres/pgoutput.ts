/** Messages of logical decoding by the plugin pgoutput, version 1: "Logical Replication Message Formats" of PostgreSQL's documentation. */

/** `isKey`: of the replica identity, what an old tuple of its key has. */
export interface RelationColumn { readonly name: string; readonly oid: number; readonly modifier: number; readonly isKey: boolean }
export interface Relation { readonly id: number; readonly name: string; readonly columns: readonly RelationColumn[] }

/** A tuple's values in the message: a letter a column (n: null, u: unchanged and not sent, t: text), and where the text is. */
export class Tuple {
  count = 0;
  kinds = new Uint8Array(64);
  from = new Uint32Array(64);
  to = new Uint32Array(64);

  /** @returns where the tuple ends */
  read(bytes: Buffer, start: number): number {
    this.count = bytes.readUInt16BE(start);
    if (this.count > this.kinds.length) {
      this.kinds = new Uint8Array(this.count);
      this.from = new Uint32Array(this.count);
      this.to = new Uint32Array(this.count);
    }
    let at = start + 2;
    for (let i = 0; i < this.count; i++) {
      const kind = this.kinds[i] = bytes[at++]!;
      if (kind !== TEXT) continue;
      this.from[i] = at + 4;
      this.to[i] = at = at + 4 + bytes.readUInt32BE(at);
    }
    return at;
  }
}
export const NULL = 0x6e, UNCHANGED = 0x75, TEXT = 0x74;

export const MESSAGE = { begin: 0x42, commit: 0x43, relation: 0x52, insert: 0x49, update: 0x55, delete: 0x44, truncate: 0x54 } as const;
/** What stands before an old tuple: its key only, or all of it. */
export const OLD_KEY = 0x4b, OLD_ROW = 0x4f;

export function readRelation(bytes: Buffer, start: number): Relation {
  let at = start + 5;
  const text = (): string => {
    const end = bytes.indexOf(0, at), value = bytes.toString("utf8", at, end);
    at = end + 1;
    return value;
  };
  const schema = text(), table = text(), count = bytes.readUInt16BE(at + 1);
  at += 3; // replica identity, count
  const columns = Array.from({ length: count }, (): RelationColumn => {
    const isKey = (bytes[at++]! & 1) !== 0, name = text(), oid = bytes.readUInt32BE(at), modifier = bytes.readInt32BE(at + 4);
    at += 8;
    return { name, oid, modifier, isKey };
  });
  return { id: bytes.readUInt32BE(start + 1), name: `${schema}.${table}`, columns };
}

/** A position in the log as a number: exact up to 2^53, eight petabytes of log. */
export const lsnAt = (bytes: Buffer, at: number): number => bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
export const lsnText = (lsn: number): string => `${Math.floor(lsn / 2 ** 32).toString(16).toUpperCase()}/${(lsn % 2 ** 32).toString(16).toUpperCase()}`;
export function lsnOf(text: string): number {
  const [high, low] = text.split("/");
  return parseInt(high!, 16) * 2 ** 32 + parseInt(low!, 16);
}
/** Microseconds since 2000 become such since 1970. */
export const microsAt = (bytes: Buffer, at: number): number => bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4) + 946_684_800_000_000;
