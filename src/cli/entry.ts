/** Starts the command line in this process. */
import { main } from "./main.ts";
import { processTerminal } from "./terminal.ts";

const terminal = processTerminal();
const code = await main(process.argv.slice(2), terminal);
await terminal.drained();
process.exit(code);
