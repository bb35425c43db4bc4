/** A real server over the scripted plant, and a real Chromium that looks at it. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { type LivePage, startServer } from "../../../src/server/server.ts";
import { ManualClock } from "./manual-clock.ts";
import { plant, type Scene, sceneBegin } from "./scenes.ts";

const root = resolve(import.meta.dirname, "../../.."), executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Longer checks, as before a release. */
export const long = process.env["MILLRACE_LONG"] === "1";

export interface Look { readonly width?: number; readonly height?: number; readonly scheme?: "light" | "dark"; readonly phone?: boolean }

export class Theatre {
  readonly clock = new ManualClock(sceneBegin);
  readonly scene: Scene = plant(this.clock);
  readonly violations: string[] = [];
  readonly requests: string[] = [];
  server!: LivePage;
  readonly #profiles: string[] = [];
  readonly #contexts: BrowserContext[] = [];
  #pump: Promise<void> | null = null;
  #pumping = false;

  static async open(historySeconds = 900): Promise<Theatre> {
    if (!existsSync(executablePath)) execFileSync("sh", [join(root, "scripts/install-chromium.sh")], { stdio: "inherit" });
    await buildOnce();
    const theatre = new Theatre();
    theatre.server = await startServer({ engine: theatre.scene.engine, port: 0, clock: theatre.clock });
    theatre.scene.play(historySeconds);
    return theatre;
  }

  get address(): string { return `http://127.0.0.1:${this.server.port}`; }

  async look(path: string, { width = 1440, height = 900, scheme = "light", phone = false }: Look = {}, prepare: (page: Page) => Promise<void> = async () => {}): Promise<Page> {
    const profile = mkdtempSync(join(tmpdir(), "millrace-chromium-"));
    this.#profiles.push(profile);
    const context = await chromium.launchPersistentContext(profile, { executablePath, args: flags, viewport: { width, height }, colorScheme: scheme, hasTouch: phone, isMobile: phone, deviceScaleFactor: phone ? 2 : 1 });
    this.#contexts.push(context);
    const page = context.pages()[0] ?? await context.newPage();
    page.on("console", message => { if (message.type() === "error") this.violations.push(message.text()); });
    page.on("pageerror", error => this.violations.push(String(error)));
    page.on("request", request => this.requests.push(request.url()));
    await prepare(page);
    await page.goto(this.address + path);
    await page.waitForSelector("h1");
    return page;
  }

  /** Lets the plant run in real time until `stop`. */
  run(): void {
    this.#pumping = true;
    this.#pump = (async () => {
      let last = performance.now();
      while (this.#pumping) {
        await wait(100);
        const now = performance.now();
        this.scene.play(Math.max(1, Math.round((now - last) / 100)) / 10);
        last = now;
      }
    })();
  }

  async stop(): Promise<void> {
    this.#pumping = false;
    await this.#pump;
  }

  async json<T>(path: string): Promise<T> {
    return await (await fetch(this.address + path)).json() as T;
  }

  /** Waits for a beat at which page and API are of the same moment, and compares them then. */
  async agree(read: () => Promise<unknown>, wanted: () => Promise<unknown>): Promise<void> {
    let seen = "", told = "";
    for (let i = 0; i < 24; i++) {
      this.clock.advance(250e3);
      await wait(120);
      [seen, told] = [JSON.stringify(await read(), null, 1), JSON.stringify(await wanted(), null, 1)];
      if (seen === told) return;
    }
    throw new Error(`the page shows ${seen}\nthe API says ${told}`);
  }

  async close(): Promise<void> {
    await this.stop();
    for (const context of this.#contexts) await context.close();
    await this.server.close();
    for (const profile of this.#profiles) rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Builds the page if it is missing or older than its sources; of several test files that start at once, one does. */
async function buildOnce(): Promise<void> {
  const lock = join(root, "build", "ui.lock"), manifest = join(root, "build", "ui", "manifest.json");
  mkdirSync(join(root, "build"), { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (Date.now() - statSync(lock).mtimeMs > 60_000) rmSync(lock, { recursive: true, force: true });
      await wait(100);
    }
  }
  try {
    const sources = ["ui", "src/server"].flatMap(folder => readdirSync(join(root, folder)).map(name => statSync(join(root, folder, name)).mtimeMs));
    if (!existsSync(manifest) || statSync(manifest).mtimeMs < Math.max(...sources)) execFileSync(process.execPath, [join(root, "scripts/build-ui.mjs")], { stdio: ["ignore", "ignore", "pipe"] });
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** Waits until `check` holds. */
export async function until(what: string, check: () => Promise<boolean> | boolean, millis = 8_000): Promise<void> {
  const end = performance.now() + millis;
  while (!await check()) {
    if (performance.now() > end) throw new Error(`${what}: not within ${millis} ms`);
    await wait(50);
  }
}
