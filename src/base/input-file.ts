/**
 * The file whose rows are being pushed through the thread's pipelines just now: what input_file_name() and its kin tell. Readers of files set it
 * around each push, which is synchronous; elsewhere there is none.
 */
export const inputFile: { name: string; start: bigint; length: bigint } = { name: "", start: -1n, length: -1n };

export function noInputFile(): void {
  inputFile.name = "";
  inputFile.start = inputFile.length = -1n;
}
