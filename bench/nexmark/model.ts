/**
 * The auction site of the Nexmark benchmark as pure functions of an event's number: of 50 events one is a person, three
 * are auctions and 46 are bids; half of the bids go to the auction that is hot, three of four come from the bidder who is.
 * Any range can be made at any time, in any order, as text or as columns, and is the same each time.
 */

export type Kind = "person" | "auction" | "bid";
export const KINDS: readonly Kind[] = ["person", "auction", "bid"];

export interface ModelOptions {
  readonly seed?: number;
  /** Event time moves by so much an event. 100: ten thousand events a second. */
  readonly microsPerEvent?: number;
}

/** A column: `number` for BIGINT, milliseconds for TIMESTAMP; a string is a piece of the pool or is written byte by byte. */
export type Field =
  | { readonly name: string; readonly type: "bigint" | "timestamp"; readonly number: (event: number) => number }
  | { readonly name: string; readonly type: "string"; readonly piece: (event: number) => number }
  | { readonly name: string; readonly type: "string"; readonly write: (event: number, bytes: Uint8Array, at: number) => number };

export const START_MILLIS = Date.UTC(2023, 10, 14, 22, 13, 20);
export const EVENTS_PER_ROUND = 50;
/** First event of a kind in a round of 50, and how many there are. */
const SHARE: Readonly<Record<Kind, { readonly first: number; readonly count: number }>> = { person: { first: 0, count: 1 }, auction: { first: 1, count: 3 }, bid: { first: 4, count: 46 } };

const FIRST_ID = 1000, FIRST_CATEGORY = 10, CATEGORIES = 5;
const ACTIVE_PEOPLE = 1000, PEOPLE_AHEAD = 10, AUCTIONS_IN_FLIGHT = 100, AUCTIONS_AHEAD = 10;
const HOT_GROUP = 100, HOT_AUCTION_OF = 2, HOT_SELLER_OF = 4, HOT_BIDDER_OF = 4;
const HOT_CHANNELS = ["Google", "Facebook", "Baidu", "Apple"], COLD_CHANNELS = 10_000;
const STATES = ["AZ", "CA", "ID", "OR", "WA", "WY"], CITIES = ["Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"];
const GIVEN = ["Ada", "Alan", "Barbara", "Edgar", "Grace", "Jim", "John", "Leslie", "Margaret", "Michael", "Radia"], FAMILY = ["Codd", "Gray", "Hamilton", "Hopper", "Lamport", "Liskov", "Lovelace", "Perlman", "Turing"];
const PRICES = 1 << 16, LETTERS = 1 << 16, LENGTH_LIMIT = 1024;

/** A row that closes every window before it lies so much after the last event, and matches nothing. */
export const MARKER_AFTER_MILLIS = 3_600_000, MARKER_ID = -1;

export const rowsBefore = (kind: Kind, event: number): number => {
  const { first, count } = SHARE[kind], rest = event % EVENTS_PER_ROUND;
  return Math.floor(event / EVENTS_PER_ROUND) * count + Math.min(Math.max(rest - first, 0), count);
};
export const eventOfRow = (kind: Kind, row: number): number => {
  const { first, count } = SHARE[kind];
  return Math.floor(row / count) * EVENTS_PER_ROUND + first + row % count;
};

export class Model {
  readonly microsPerEvent: number;
  /** All strings that are not made for one row: pieces of it are named by offset and length. */
  readonly pool: Uint8Array;
  readonly fields: Readonly<Record<Kind, readonly Field[]>>;
  readonly #seed: number;
  readonly #prices: Float64Array;

  constructor({ seed = 42, microsPerEvent = 100 }: ModelOptions = {}) {
    this.#seed = Math.imul(seed, 0x9e3779b1) | 0;
    this.microsPerEvent = microsPerEvent;
    this.#prices = Float64Array.from({ length: PRICES }, (_, i) => Math.round(10 ** (6 * i / PRICES) * 100));
    const pool = new Pool();
    pool.letters(LETTERS, i => this.#below(i, 99, 26));
    this.fields = { person: this.#person(pool), auction: this.#auction(), bid: this.#bid(pool) };
    this.pool = pool.bytes();
  }

  millis(event: number): number { return START_MILLIS + Math.floor(event * this.microsPerEvent / 1000); }

  /** 32 bits that look random, for one use (`salt`) at one event. */
  #bits(event: number, salt: number): number {
    let z = this.#seed ^ Math.imul(event, 0x9e3779b9) ^ Math.imul(salt + 1, 0x7feb352d);
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    z ^= z >>> 16;
    z = Math.imul(z ^ (z >>> 15), 0x846ca68b);
    return (z ^ (z >>> 16)) >>> 0;
  }
  #below(event: number, salt: number, limit: number): number { return Math.floor(this.#bits(event, salt) / 4_294_967_296 * limit); }

  #lastPerson(event: number): number { return Math.floor(event / EVENTS_PER_ROUND); }
  #lastAuction(event: number): number { return Math.max(0, rowsBefore("auction", event + 1) - 1); }
  #anyPerson(event: number, salt: number): number {
    const people = this.#lastPerson(event) + 1, active = Math.min(people, ACTIVE_PEOPLE);
    return FIRST_ID + people - active + this.#below(event, salt, active + PEOPLE_AHEAD);
  }
  #anyAuction(event: number, salt: number): number {
    const last = this.#lastAuction(event), least = Math.max(last - AUCTIONS_IN_FLIGHT, 0);
    return FIRST_ID + least + this.#below(event, salt, last - least + 1 + AUCTIONS_AHEAD);
  }
  #price(event: number, salt: number): number { return this.#prices[this.#bits(event, salt) & (PRICES - 1)]!; }
  /** Letters: `average` of them, a fifth more or less. */
  #letters(event: number, salt: number, average: number): number {
    const length = Math.floor(average * (0.8 + 0.4 * this.#below(event, salt, 1 << 16) / (1 << 16)));
    return this.#below(event, salt + 100, LETTERS - length) * LENGTH_LIMIT + length;
  }

  #person(pool: Pool): Field[] {
    const pieces = (texts: readonly string[]) => texts.map(text => pool.add(text));
    const names = pieces(GIVEN.flatMap(given => FAMILY.map(family => `${given} ${family}`))), cities = pieces(CITIES), states = pieces(STATES);
    return [
      { name: "id", type: "bigint", number: n => FIRST_ID + this.#lastPerson(n) },
      { name: "name", type: "string", piece: n => names[this.#below(n, 1, names.length)]! },
      {
        name: "emailAddress", type: "string", write: (n, bytes, at) => {
          for (let i = 0; i < 12; i++) bytes[at++] = i === 7 ? 64 : 97 + this.#below(n, 20 + i, 26);
          bytes[at++] = 46; bytes[at++] = 99; bytes[at++] = 111; bytes[at++] = 109; // .com
          return at;
        },
      },
      {
        name: "creditCard", type: "string", write: (n, bytes, at) => {
          for (let i = 0; i < 19; i++) bytes[at++] = i % 5 === 4 ? 32 : 48 + this.#below(n, 40 + i, 10);
          return at;
        },
      },
      { name: "city", type: "string", piece: n => cities[this.#below(n, 2, cities.length)]! },
      { name: "state", type: "string", piece: n => states[this.#below(n, 3, states.length)]! },
      { name: "dateTime", type: "timestamp", number: n => this.millis(n) },
      { name: "extra", type: "string", piece: n => this.#letters(n, 4, 110) },
    ];
  }

  #auction(): Field[] {
    // On average a hundred auctions are open.
    const longestMillis = Math.max(1, Math.floor(2 * AUCTIONS_IN_FLIGHT * EVENTS_PER_ROUND / SHARE.auction.count * this.microsPerEvent / 1000));
    return [
      { name: "id", type: "bigint", number: n => FIRST_ID + this.#lastAuction(n) },
      { name: "itemName", type: "string", piece: n => this.#letters(n, 1, 20) },
      { name: "description", type: "string", piece: n => this.#letters(n, 2, 100) },
      { name: "initialBid", type: "bigint", number: n => this.#price(n, 3) },
      { name: "reserve", type: "bigint", number: n => this.#price(n, 3) + this.#price(n, 4) },
      { name: "dateTime", type: "timestamp", number: n => this.millis(n) },
      { name: "expires", type: "timestamp", number: n => this.millis(n) + 1 + this.#below(n, 5, longestMillis) },
      {
        name: "seller", type: "bigint",
        number: n => this.#below(n, 6, HOT_SELLER_OF) > 0 ? FIRST_ID + Math.floor(this.#lastPerson(n) / HOT_GROUP) * HOT_GROUP : this.#anyPerson(n, 7),
      },
      { name: "category", type: "bigint", number: n => FIRST_CATEGORY + this.#below(n, 8, CATEGORIES) },
      { name: "extra", type: "string", piece: n => this.#letters(n, 9, 270) },
    ];
  }

  #bid(pool: Pool): Field[] {
    const channels: number[] = [], urls: number[] = [];
    for (let i = 0; i < HOT_CHANNELS.length + COLD_CHANNELS; i++) {
      const word = (k: number) => Array.from({ length: 5 }, (_, j) => String.fromCharCode(97 + this.#below(i, 200 + 5 * k + j, 26))).join("");
      const id = i < HOT_CHANNELS.length || this.#below(i, 220, 10) === 0 ? "" : `&channel_id=${this.#bits(i, 221) >>> 1}`;
      channels.push(pool.add(HOT_CHANNELS[i] ?? `channel-${i - HOT_CHANNELS.length}`));
      urls.push(pool.add(`https://www.nexmark.com/${word(0)}/${word(1)}/${word(2)}/item.htm?query=1${id}`));
    }
    const channel = (n: number) => this.#below(n, 4, 2) > 0 ? this.#below(n, 5, HOT_CHANNELS.length) : HOT_CHANNELS.length + this.#below(n, 6, COLD_CHANNELS);
    return [
      {
        name: "auction", type: "bigint",
        number: n => this.#below(n, 1, HOT_AUCTION_OF) > 0 ? FIRST_ID + Math.floor(this.#lastAuction(n) / HOT_GROUP) * HOT_GROUP : this.#anyAuction(n, 2),
      },
      {
        name: "bidder", type: "bigint",
        number: n => this.#below(n, 7, HOT_BIDDER_OF) > 0 ? FIRST_ID + Math.floor(this.#lastPerson(n) / HOT_GROUP) * HOT_GROUP + 1 : this.#anyPerson(n, 8),
      },
      { name: "price", type: "bigint", number: n => this.#price(n, 3) },
      { name: "channel", type: "string", piece: n => channels[channel(n)]! },
      { name: "url", type: "string", piece: n => urls[channel(n)]! },
      { name: "dateTime", type: "timestamp", number: n => this.millis(n) },
      { name: "extra", type: "string", piece: n => this.#letters(n, 9, 68) },
    ];
  }
}

export const pieceOffset = (piece: number): number => Math.floor(piece / LENGTH_LIMIT);
export const pieceLength = (piece: number): number => piece % LENGTH_LIMIT;

class Pool {
  #bytes = Buffer.alloc(1 << 21);
  #end = 0;

  letters(count: number, letter: (i: number) => number): void {
    for (let i = 0; i < count; i++) this.#bytes[this.#end++] = 97 + letter(i);
  }
  add(text: string): number {
    const at = this.#end;
    this.#end += this.#bytes.write(text, at, "latin1");
    return at * LENGTH_LIMIT + text.length;
  }
  bytes(): Uint8Array { return new Uint8Array(this.#bytes.subarray(0, this.#end)); }
}
