/** A sink of alerts in a world that a test owns: disk, clock, webhook and mail server. */
import { seededRandom } from "../base/clock.ts";
import type { Batch } from "../columns/batch.ts";
import { batchesOf } from "../columns/row-batches.ts";
import { alertSink } from "../connectors/alerts/alert-sink.ts";
import type { SendRequest, WebhookAnswer, WebhookRequest } from "../connectors/alerts/webhook.ts";
import type { ConnectorEnvironment } from "../connectors/environment.ts";
import { SmtpFailure, type Mail, type OpenSmtp, type Refusal } from "../connectors/smtp/session.ts";
import type { Sink } from "../io/sink.ts";
import { Arena } from "../memory/arena.ts";
import type { Cell } from "../types/cell.ts";
import { BIGINT, BOOLEAN, STRING, TIMESTAMP, field, struct } from "../types/data-type.ts";
import { ManualClock } from "./manual-clock.ts";
import { SimulatedDisk } from "./simulated-files.ts";

const SCHEMA = struct([field("user", STRING), field("n", BIGINT)]);
/** With what a recovery looks at. */
const FULL = struct([...SCHEMA.fields, field("ok", BOOLEAN), field("at", TIMESTAMP)]);
export const HOOK = "https://example.org/hook/secret";
export const MAIL = { url: "smtp://mail.example.org", from: "Millrace <mill@example.org>", to: "ops@example.org" };

export class AlertWorld {
  readonly disk = new SimulatedDisk();
  readonly clock = new ManualClock(1e15);
  readonly warnings: string[] = [];
  readonly requests: WebhookRequest[] = [];
  readonly mails: Mail[] = [];
  connections = 0;
  /** What the receiver answers, in turn; 200 when none is left. An Error: no connection. */
  answers: (Partial<WebhookAnswer> | Error)[] = [];
  /** What the mail server says, in turn: takes it when none is left. */
  replies: (readonly Refusal[] | SmtpFailure)[] = [];
  /** The watermark of the batches to come; null: the query has none. */
  watermarkMicros: number | null = null;
  readonly #arena = new Arena();

  readonly #post: SendRequest = async request => {
    this.requests.push(request);
    const answer = this.answers.shift() ?? {};
    if (answer instanceof Error) throw answer;
    return { status: 200, retryAfter: null, ...answer };
  };

  readonly #smtp: OpenSmtp = async () => {
    this.connections++;
    return {
      encryption: undefined,
      send: async mail => {
        this.mails.push(mail);
        const reply = this.replies.shift() ?? [];
        if (reply instanceof SmtpFailure) throw reply;
        return reply;
      },
      mayNot: async () => undefined,
      close: () => {},
    };
  };

  /** `folder`: of the checkpoint. */
  async open(alerts: object, { queryId = "q", folder }: { readonly queryId?: string; readonly folder?: string } = {}): Promise<Sink> {
    const environment: ConnectorEnvironment = { clock: this.clock, random: seededRandom(1), files: this.disk.process(), timeZone: "UTC", print: () => {}, warn: text => { this.warnings.push(text); }, renderTable: () => "" };
    const where = "mail" in alerts ? {} : { webhook: { url: HOOK } };
    const sink = alertSink({ alerts: JSON.stringify({ ...where, ...alerts }) }, environment, { post: this.#post, smtp: this.#smtp });
    await sink.open({ queryId, queryName: null, epoch: 1, schema: "recovery" in alerts ? FULL : SCHEMA, outputMode: "append", keyColumns: [], timeZone: "UTC", hasWatermark: this.watermarkMicros !== null, folder });
    return sink;
  }

  get bodies(): unknown[] { return this.requests.map(request => JSON.parse(request.body) as unknown); }
  /** What was kept as not sent. */
  get letters(): readonly { readonly reason: string; readonly channel: string; readonly body: unknown }[] {
    return this.disk.paths().filter(path => path.startsWith("/letters/")).flatMap(path => Buffer.from(this.disk.process().readFile(path)).toString().trim().split("\n")).map(line => JSON.parse(line) as never);
  }

  /** Delivers a batch that was planned at a time of its own, and waits for nothing. */
  async deliverAt(sink: Sink, batchId: number, batchTimeMicros: number, rows: readonly Cell[][]): Promise<void> {
    const batches: Batch[] = rows.length === 0 ? [] : [...batchesOf(FULL, rows, this.#arena, { columns: FULL.fields.map(({ name }) => name) })];
    await sink.deliver!(batchId, batches, { batchTimeMicros, watermarkMicros: this.watermarkMicros });
  }

  /** Delivers while the clock runs. */
  async deliver(sink: Sink, batchId: number, ...rows: Cell[][]): Promise<void> {
    const schema = (rows[0]?.length ?? 2) === 2 ? SCHEMA : FULL, batches: Batch[] = [...batchesOf(schema, rows, this.#arena, { columns: schema.fields.map(({ name }) => name) })];
    const moment = { batchTimeMicros: Math.floor(this.clock.nowMicros() / 1000) * 1000, watermarkMicros: this.watermarkMicros };
    let isDone = false;
    const delivered = sink.deliver!(batchId, rows.length === 0 ? [] : batches, moment).finally(() => { isDone = true; });
    delivered.catch(() => {});
    for (let turn = 0; turn < 500 && !isDone; turn++) {
      await new Promise(resolve => setImmediate(resolve));
      if (!isDone) await this.clock.advance(1e6);
    }
    await delivered;
  }
}
