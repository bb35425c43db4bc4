/** The command line: `millrace sql "..."` and its kin. Parses arguments, and turns errors into text and exit codes. */
import { readFileSync } from "node:fs";
import { packageFile } from "../base/package-root.ts";
import { fileErrorCode } from "../base/files.ts";
import { MillraceError } from "../base/errors.ts";
import { errorText } from "./error-text.ts";
import { UsageError, type Terminal } from "./terminal.ts";

const HELP = `millrace: one SQL query, over files once or over a live stream for ever

  millrace sql "SELECT ..."          run a query; -f FILE reads it from a file
  millrace check-connection URL      is the server there, and may we? --user NAME, --password-file FILE
                                     postgresql://  --table NAME
                                     kafka(s)://    --topic NAME, --mechanism NAME, --ca-file FILE
                                     smtp(s)://     --from ADDRESS --to ADDRESS, --ca-file FILE
  millrace compact FOLDER            few large files in place of the many that a stream wrote
                                     --target-bytes N, --remove-replaced, --option header=true
  millrace --version | --help

Options of sql
  --schema 'id BIGINT, at TIMESTAMP' columns of the input; else inferred from its first rows
  --format table|ndjson|csv          of the result; table on a terminal, else ndjson
  --output-mode append|update|complete
                                     update if the query aggregates without a watermark, else append
  --trigger '5 seconds' | once       when batches start; as soon as there is data
  --available-now                    read what is there, then stop
  --checkpoint DIR                   go on where an earlier run with the same folder stopped
  --sink json|csv --path DIR         write files, exactly once
  --explain                          print the plan
  --time-zone ZONE                   session time zone
  --no-page                          without the live page (it is only there on a terminal)

Input
  FROM json.\`folder/\`, text.\`file\`          files, once
  FROM STREAM json.\`folder/\`                new files as they come
  FROM STREAM stdin                          lines of standard input
`;

/** Returns the exit code. */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [command, ...rest] = argv;
  try {
    switch (command) {
      case "sql": return await (await import("./sql-command.ts")).sqlCommand(rest, terminal);
      case "check-connection": return await (await import("./check-connection.ts")).checkConnection(rest, terminal);
      case "compact": return await (await import("./compact.ts")).compact(rest, terminal);
      case "--version": case "-v":
        terminal.out(`${version()}\n`);
        return 0;
      case undefined: case "help": case "--help": case "-h":
        terminal.out(HELP);
        return command === undefined ? 2 : 0;
      default: throw new UsageError(`there is no command '${command}'`);
    }
  } catch (error) {
    return report(error, terminal);
  }
}

export function version(): string {
  return (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string }).version;
}

function report(error: unknown, terminal: Terminal): number {
  if (error instanceof UsageError) {
    terminal.err(`millrace: ${error.message}\nTry: millrace --help\n`);
    return 2;
  }
  if (error instanceof MillraceError) {
    terminal.err(errorText(error));
    return 1;
  }
  // Of a file that can't be read or written the system says enough.
  if (error instanceof Error && fileErrorCode(error) !== undefined) {
    terminal.err(`millrace: ${error.message}\n`);
    return 1;
  }
  terminal.err(`millrace: ${error instanceof Error ? error.stack ?? error.message : String(error)}\n`);
  return 1;
}
