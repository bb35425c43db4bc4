/** Enough of them that the changes of a batch go to a file of their own, which is unlinked when the batch is retired. */
export const KEYS: readonly string[] = Array.from({ length: 20_000 }, (_, i) => `a key of more than twelve bytes, number ${i}`);
