/** A queue between one who pushes and one who awaits. */

export interface Queue<T> {
  readonly push: (item: T) => void;
  /** No more will come; what is in the queue is still delivered. */
  readonly end: () => void;
  readonly items: AsyncIterableIterator<T>;
}

export function queueOf<T>(): Queue<T> {
  const waiting: T[] = [];
  let isOver = false, wake: (() => void) | undefined;
  const notify = (): void => { const call = wake; wake = undefined; call?.(); };
  async function* items(): AsyncGenerator<T> {
    for (;;) {
      while (waiting.length > 0) yield waiting.shift()!;
      if (isOver) return;
      await new Promise<void>(resolve => { wake = resolve; });
    }
  }
  return {
    push: item => { if (!isOver) { waiting.push(item); notify(); } },
    end: () => { isOver = true; notify(); },
    items: items(),
  };
}
