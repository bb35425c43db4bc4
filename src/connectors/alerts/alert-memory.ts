/**
 * What alerts were sent lately: by key, and how many; and which of them are not over. It is kept in a file that is replaced
 * after each batch, so that a restart neither forgets what was sent nor sends a batch again that was sent to its end.
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

/** From an alert of a key that was sent to the moment when it is over. */
export interface Episode {
  /** Of the message that began it. */
  readonly id: string;
  readonly startedMicros: number;
  /** Of the last row that alerted, sent or held back. */
  lastMicros: number;
  /** Rows that alerted. */
  alerts: number;
  /** By the channel that took an alert of it: the notice to be sent when no other row comes; empty when only a row ends it. */
  notices: Readonly<Record<string, string>>;
}

interface Known { sentMicros: number; suppressed: number; episode: Episode | undefined }
interface Kept {
  readonly format: 2;
  readonly queryId: string;
  readonly batchId: number;
  readonly keys: readonly (readonly [key: string, sentMicros: number, suppressed: number, episode: Episode | null])[];
  readonly sent: readonly number[];
}

/** Keys that are remembered at most; beyond it the oldest is forgotten, and may alert again too early. */
const MAX_KEYS = 100_000;
/** Alerts that are not over, at most; the end of the oldest beyond it is not told. */
const MAX_EPISODES = 10_000;

export class AlertMemory {
  readonly #files: Files;
  readonly #options: MemoryOptions;
  /** In the order of the last alert that was sent. */
  readonly #keys = new Map<string, Known>();
  readonly #open = new Map<string, Episode>();
  #folder: string | undefined;
  #sent: number[] = [];
  #queryId = "";
  #isChanged = false;
  /** The last batch whose alerts were all sent. */
  batchId = -1;
  /** Alerts whose end will not be told, as there were too many. */
  forgotten = 0;

  constructor(files: Files, options: MemoryOptions) {
    this.#files = files;
    this.#options = options;
  }

  /** What is not over, by key. */
  get episodes(): ReadonlyMap<string, Episode> { return this.#open; }
  get #path(): string { return `${this.#folder}/alerts.json`; }

  /**
   * Without a folder nothing is kept over a restart.
   * @throws AnalysisError MILLRACE_SINK_CONFLICT for another query's folder; ExecutionError MILLRACE_ALERT_STATE_DAMAGED
   */
  open(folder: string | undefined, queryId: string): void {
    this.#folder = folder;
    this.#queryId = queryId;
    this.#keys.clear();
    this.#open.clear();
    this.#sent = [];
    this.#isChanged = false;
    this.batchId = -1;
    if (folder === undefined) return;
    makeFolders(this.#files, folder);
    if (this.#files.status(this.#path) === undefined) return;
    const kept = readCheckedJson(this.#files, this.#path)?.value as Kept | undefined;
    if (kept?.format !== 2) throw new ExecutionError({ condition: "MILLRACE_ALERT_STATE_DAMAGED", sqlState: "XX001", message: `The file ${this.#path} can't be read.`, messageParameters: { path: this.#path }, hint: "remove it to begin anew: alerts that were sent lately may be sent once more" });
    if (kept.queryId !== queryId) throw new AnalysisError({ condition: "MILLRACE_SINK_CONFLICT", sqlState: "55006", message: `The folder ${folder} belongs to the alerts of another query.`, messageParameters: { path: folder }, hint: "give each query its own stateLocation" });
    this.batchId = kept.batchId;
    for (const [key, sentMicros, suppressed, episode] of kept.keys) {
      this.#keys.set(key, { sentMicros, suppressed, episode: episode ?? undefined });
      if (episode !== null) this.#open.set(key, episode);
    }
    this.#sent = [...kept.sent];
  }

  /** How many alerts of the key were held back since its last one; undefined if this one is to be held back too. */
  admit(key: string, nowMicros: number): number | undefined {
    const known = this.#keys.get(key), { dedupeMicros } = this.#options;
    if (known === undefined || dedupeMicros === undefined) return 0;
    if (nowMicros - known.sentMicros >= dedupeMicros) return known.suppressed;
    known.suppressed++;
    this.#isChanged = true;
    return undefined;
  }

  withinRate(nowMicros: number): boolean {
    const { rate } = this.#options;
    if (rate === undefined) return true;
    this.#sent = this.#sent.filter(at => nowMicros - at < rate.micros);
    return this.#sent.length < rate.max;
  }

  sent(key: string, nowMicros: number): void {
    this.#isChanged = true;
    if (this.#options.rate !== undefined) this.#sent.push(nowMicros);
    const episode = this.#open.get(key);
    if (this.#options.dedupeMicros === undefined && episode === undefined) return;
    this.#remember(key, { sentMicros: nowMicros, suppressed: 0, episode });
  }

  /** An alert of the key was sent, and its end is to be told. */
  began(key: string, episode: Episode): void {
    this.#open.set(key, episode);
    this.#remember(key, { sentMicros: episode.startedMicros, suppressed: 0, ...this.#keys.get(key), episode });
    if (this.#open.size > MAX_EPISODES) {
      const oldest = this.#open.keys().next().value!;
      this.#close(oldest);
      this.forgotten++;
    }
  }

  /** The episode of the key goes on: the caller has changed it. */
  wentOn(): void { this.#isChanged = true; }

  /** The alert is over: the next one of the key is sent at once. */
  ended(key: string): void {
    this.#close(key);
    this.#keys.delete(key);
  }

  #close(key: string): void {
    this.#isChanged = true;
    this.#open.delete(key);
    const known = this.#keys.get(key);
    if (known !== undefined) known.episode = undefined;
  }

  #remember(key: string, known: Known): void {
    this.#isChanged = true;
    this.#keys.delete(key);
    this.#keys.set(key, known);
    if (this.#keys.size <= MAX_KEYS) return;
    const oldest = this.#keys.keys().next().value!;
    if (this.#open.delete(oldest)) this.forgotten++;
    this.#keys.delete(oldest);
  }

  /**
   * The batch is done: what is remembered is durable when this returns. Keys whose quiet time is over and that held nothing
   * back go. A batch that changed nothing needs no file: nothing of it would be sent again.
   */
  save(batchId: number, nowMicros: number): void {
    this.batchId = batchId;
    if (!this.#isChanged) return;
    const { dedupeMicros = 0 } = this.#options;
    for (const [key, { sentMicros, suppressed, episode }] of this.#keys) if (episode === undefined && nowMicros - sentMicros >= dedupeMicros * (suppressed > 0 ? 2 : 1)) this.#keys.delete(key);
    if (this.#folder !== undefined) writeCheckedJson(this.#files, this.#path, {
      format: 2, queryId: this.#queryId, batchId, keys: [...this.#keys].map(([key, { sentMicros, suppressed, episode }]) => [key, sentMicros, suppressed, episode ?? null] as const), sent: this.#sent,
    } satisfies Kept);
    this.#isChanged = false;
  }
}
