/** Real Spark as a child that answers statements, one line each way (spark.py). */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Statement { readonly sql: string; readonly conf: Readonly<Record<string, string>>; readonly unordered: boolean }
/** As a line of a golden file, without id and statement. */
export interface Answer { readonly error?: string; readonly rows?: readonly (readonly unknown[])[]; readonly lost?: string }

export class Recorder {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(root: string) {
    this.#child = spawn(join(root, "data/bench-venv/bin/python"), [join(import.meta.dirname, "spark.py"), join(root, "test/corpus/conformance")], { stdio: ["pipe", "pipe", "ignore"] });
    this.#child.on("error", error => { throw new Error(`Spark is not there: run bench/peers/setup.sh (${error.message})`); });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** Answers in the order of the statements. */
  async answers(statements: readonly Statement[]): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (let at = 0; at < statements.length; at += 50) {
      const some = statements.slice(at, at + 50);
      this.#child.stdin!.write(some.map(statement => JSON.stringify(statement) + "\n").join(""));
      for (const statement of some) {
        const { value, done } = await this.#lines.next();
        if (done === true) throw new Error(`Spark ended at: ${statement.sql}`);
        answers.push(JSON.parse(value) as Answer);
      }
    }
    return answers;
  }

  async close(): Promise<void> {
    this.#child.stdin!.end();
    await new Promise(resolve => this.#child.once("exit", resolve));
  }
}
