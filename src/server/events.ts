/**
 * Server-sent events: topics, a ring of 30 s from which a client that comes back goes on, and a bound on what may wait for a
 * slow client. A client never slows the engine: what it can't take is left out, and then it gets `reset`.
 */
import type { ServerResponse } from "node:http";

const ringMicros = 30e6, ringBytes = 8_000_000;
export const clientBytes = 256 * 1_024;
const retryMillis = 1_000;

interface SentEvent { readonly seq: number; readonly atMicros: number; readonly topic: string; readonly text: string }

export class EventClient {
  readonly topics: ReadonlySet<string>;
  readonly #response: ServerResponse;
  #behind = false;
  /** For rows: what was sent last, by query. */
  readonly rowSeq = new Map<string, number>();

  constructor(response: ServerResponse, topics: ReadonlySet<string>) {
    this.#response = response;
    this.topics = topics;
  }

  get waitingBytes(): number { return this.#response.writableLength; }
  get behind(): boolean { return this.#behind; }

  write(text: string, reset: () => string): void {
    if (this.#behind) return;
    if (this.#response.writableLength + text.length > clientBytes) {
      this.#behind = true;
      this.#response.once("drain", () => {
        this.#behind = false;
        this.#response.write(reset());
      });
      return;
    }
    this.#response.write(text);
  }

  end(text: string): void {
    this.#response.end(text);
  }
}

export class EventHub {
  readonly #epoch: string;
  readonly #clients = new Set<EventClient>();
  readonly #ring: SentEvent[] = [];
  #ringSize = 0;
  #seq = 0;
  /** Number of the last event that the ring has let go. */
  #forgotten = 0;

  /** `epoch` is another one in each process. */
  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  get clients(): ReadonlySet<EventClient> { return this.#clients; }

  /** Is anyone looking at this topic? */
  wants(topic: string): boolean {
    for (const client of this.#clients) if (client.topics.has(topic)) return true;
    return false;
  }

  /**
   * Takes a client in. With the id of the last event that it saw, it gets what it missed if the ring still has it, else
   * `reset`; a new client gets `hello`, and `snapshot` then writes what is now.
   */
  join(client: EventClient, response: ServerResponse, lastEventId: string | undefined, hello: object, snapshot: () => void): void {
    this.#clients.add(client);
    response.on("close", () => this.#clients.delete(client));
    response.write(`retry: ${retryMillis}\n\n`);
    client.write(this.#render("hello", JSON.stringify(hello)), () => this.#reset());
    if (lastEventId !== undefined && lastEventId !== "") {
      const missed = this.#since(lastEventId);
      if (missed !== null) {
        for (const event of missed) if (client.topics.has(event.topic)) client.write(event.text, () => this.#reset());
        return;
      }
      client.write(this.#reset(), () => this.#reset());
    }
    snapshot();
  }

  /** To all who look at `topic`. */
  send(topic: string, event: string, data: object, nowMicros: number): void {
    this.#sendText(topic, event, JSON.stringify(data), nowMicros);
  }

  sendText(topic: string, event: string, json: string, nowMicros: number): void {
    this.#sendText(topic, event, json, nowMicros);
  }

  /** To one client only; not kept in the ring. */
  sendTo(client: EventClient, event: string, data: object): void {
    client.write(this.#render(event, JSON.stringify(data)), () => this.#reset());
  }

  /** Keeps proxies from closing the connection. */
  comment(): void {
    for (const client of this.#clients) client.write(": still here\n\n", () => this.#reset());
  }

  close(bye: object): void {
    const text = this.#render("bye", JSON.stringify(bye));
    for (const client of this.#clients) client.end(text);
    this.#clients.clear();
  }

  #sendText(topic: string, event: string, json: string, nowMicros: number): void {
    const text = this.#render(event, json);
    this.#ring.push({ seq: this.#seq, atMicros: nowMicros, topic, text });
    this.#ringSize += text.length;
    while (this.#ring.length > 0 && (this.#ring[0]!.atMicros < nowMicros - ringMicros || this.#ringSize > ringBytes)) {
      const gone = this.#ring.shift()!;
      this.#ringSize -= gone.text.length;
      this.#forgotten = gone.seq;
    }
    for (const client of this.#clients) if (client.topics.has(topic)) client.write(text, () => this.#reset());
  }

  #render(event: string, json: string): string {
    return `id: ${this.#epoch}.${++this.#seq}\nevent: ${event}\ndata: ${json}\n\n`;
  }

  #reset(): string {
    return this.#render("reset", "{}");
  }

  /** Null: it is of another process, or too long ago. */
  #since(lastEventId: string): SentEvent[] | null {
    const [epoch, text] = lastEventId.split("."), seq = Number(text);
    if (epoch !== this.#epoch || !Number.isInteger(seq) || seq > this.#seq) return null;
    if (seq < this.#forgotten) return null;
    return this.#ring.filter(event => event.seq > seq);
  }
}
