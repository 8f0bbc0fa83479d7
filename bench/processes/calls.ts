/** A call from the benchmark to one of its processes, over Node's IPC channel. */
export interface Call {
  readonly call: string;
  readonly id: number;
  readonly argument: unknown;
}

export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

type Handlers = Readonly<Record<string, (argument: never) => unknown>>;

/**
 * Answers the calls of the process that started this one. `onOrphaned` runs when that process has
 * died: nothing that a benchmark starts outlives it.
 */
export function answerCalls(handlers: Handlers, onOrphaned: () => void): void {
  process.on('disconnect', onOrphaned);
  process.on('message', (message: Call) => {
    void (async () => {
      let answer: Answer;
      try {
        const handler = handlers[message.call];
        if (handler === undefined) throw new Error(`nobody answers ${message.call}`);
        answer = { id: message.id, result: await handler(message.argument as never) };
      } catch (error) {
        answer = {
          id: message.id,
          error: error instanceof Error ? String(error.stack) : String(error),
        };
      }
      process.send?.(answer);
    })();
  });
}
