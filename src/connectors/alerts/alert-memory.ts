/**
 * What alerts were sent lately: by key, and how many. It is kept in a file that is replaced after each batch, so that a
 * restart neither forgets what was sent nor sends a batch again that was sent to its end.
 */
import { AnalysisError, ExecutionError } from "../../base/errors.ts";
import { makeFolders, type Files } from "../../base/files.ts";
import { readCheckedJson, writeCheckedJson } from "../../storage/replace-file.ts";

export interface MemoryOptions {
  /** A key is quiet for so long after an alert. */
  readonly dedupeMicros: number | undefined;
  /** At most `max` alerts in any `micros`. */
  readonly rate: { readonly max: number; readonly micros: number } | undefined;
}

interface Kept { readonly format: 1; readonly queryId: string; readonly batchId: number; readonly keys: readonly (readonly [key: string, sentMicros: number, suppressed: number])[]; readonly sent: readonly number[] }

/** Keys that are remembered at most; beyond it the oldest is forgotten, and may alert again too early. */
const MAX_KEYS = 100_000;

export class AlertMemory {
  readonly #files: Files;
  readonly #folder: string | undefined;
  readonly #options: MemoryOptions;
  readonly #keys = new Map<string, { readonly sentMicros: number; suppressed: number }>();
  #sent: number[] = [];
  #queryId = "";
  /** The last batch whose alerts were all sent. */
  batchId = -1;

  /** Without a folder nothing is kept over a restart. */
  constructor(files: Files, folder: string | undefined, options: MemoryOptions) {
    this.#files = files;
    this.#folder = folder;
    this.#options = options;
  }

  get #path(): string { return `${this.#folder}/alerts.json`; }

  /** @throws AnalysisError MILLRACE_SINK_CONFLICT for another query's folder; ExecutionError MILLRACE_ALERT_STATE_DAMAGED */
  open(queryId: string): void {
    this.#queryId = queryId;
    this.#keys.clear();
    this.#sent = [];
    this.batchId = -1;
    if (this.#folder === undefined) return;
    makeFolders(this.#files, this.#folder);
    if (this.#files.status(this.#path) === undefined) return;
    const kept = readCheckedJson(this.#files, this.#path)?.value as Kept | undefined;
    if (kept?.format !== 1) throw new ExecutionError({ condition: "MILLRACE_ALERT_STATE_DAMAGED", sqlState: "XX001", message: `The file ${this.#path} can't be read.`, messageParameters: { path: this.#path }, hint: "remove it to begin anew: alerts that were sent lately may be sent once more" });
    if (kept.queryId !== queryId) throw new AnalysisError({ condition: "MILLRACE_SINK_CONFLICT", sqlState: "55006", message: `The folder ${this.#folder} belongs to the alerts of another query.`, messageParameters: { path: this.#folder }, hint: "give each query its own stateLocation" });
    this.batchId = kept.batchId;
    for (const [key, sentMicros, suppressed] of kept.keys) this.#keys.set(key, { sentMicros, suppressed });
    this.#sent = [...kept.sent];
  }

  /** How many alerts of the key were held back since its last one; undefined if this one is to be held back too. */
  admit(key: string, nowMicros: number): number | undefined {
    const known = this.#keys.get(key), { dedupeMicros } = this.#options;
    if (known === undefined || dedupeMicros === undefined) return 0;
    if (nowMicros - known.sentMicros >= dedupeMicros) return known.suppressed;
    known.suppressed++;
    return undefined;
  }

  withinRate(nowMicros: number): boolean {
    const { rate } = this.#options;
    if (rate === undefined) return true;
    this.#sent = this.#sent.filter(at => nowMicros - at < rate.micros);
    return this.#sent.length < rate.max;
  }

  sent(key: string, nowMicros: number): void {
    if (this.#options.rate !== undefined) this.#sent.push(nowMicros);
    if (this.#options.dedupeMicros === undefined) return;
    this.#keys.delete(key);
    this.#keys.set(key, { sentMicros: nowMicros, suppressed: 0 });
    if (this.#keys.size > MAX_KEYS) this.#keys.delete(this.#keys.keys().next().value!);
  }

  /** The batch is done: what is remembered is durable when this returns. Keys whose quiet time is over and that held nothing back go. */
  save(batchId: number, nowMicros: number): void {
    this.batchId = batchId;
    const { dedupeMicros = 0 } = this.#options;
    for (const [key, { sentMicros, suppressed }] of this.#keys) if (nowMicros - sentMicros >= dedupeMicros * (suppressed > 0 ? 2 : 1)) this.#keys.delete(key);
    if (this.#folder === undefined) return;
    writeCheckedJson(this.#files, this.#path, {
      format: 1, queryId: this.#queryId, batchId, keys: [...this.#keys].map(([key, { sentMicros, suppressed }]) => [key, sentMicros, suppressed] as const), sent: this.#sent,
    } satisfies Kept);
  }
}
