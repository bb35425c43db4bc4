/** Any file system with a hook before and after each call: to stop a process at a step, or to make a call fail. */
import type { FileHandle, Files } from "../../src/base/files.ts";

export interface CallHooks {
  before?(call: string, path: string): void;
  after?(call: string, path: string): void;
}

export function hookedFiles(files: Files, hooks: CallHooks): Files {
  return hooked(files, hooks, undefined);
}

/** `path` is set for a handle; otherwise the last text argument of a call is the name that it is about. */
function hooked<T extends Files | FileHandle>(target: T, hooks: CallHooks, path: string | undefined): T {
  return new Proxy(target, {
    get(object, name, _receiver) {
      const member: unknown = Reflect.get(object, name, object);
      if (typeof member !== "function" || typeof name !== "string") return member;
      return (...given: unknown[]) => {
        const about = path ?? String(given.findLast((value, index) => typeof value === "string" && !(index > 0 && name.startsWith("open"))));
        hooks.before?.(name, about);
        const result: unknown = member.apply(object, given);
        const finish = (value: unknown) => {
          hooks.after?.(name, about);
          return name === "open" || name === "openAsync" ? hooked(value as FileHandle, hooks, about) : value;
        };
        return result instanceof Promise ? result.then(finish) : finish(result);
      };
    },
  });
}
