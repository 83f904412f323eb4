import koffi from 'koffi';
import { AppError } from '../../../errors/app-error.ts';

/** Output flags of nft_ctx_output_set_flags (nftables/libnftables.h, 1.0.6). */
const stateless = 1 << 2;
const terse = 1 << 11;

type Native = {
  run(context: unknown, command: string, done: (error: Error | null, status: number) => void): void;
  output(context: unknown): string;
  error(context: unknown): string;
  setFlags(context: unknown, flags: number): void;
  free(context: unknown): void;
};

/**
 * nftables in this process. One context serves every call, one call at a time, on a thread of its own, so that the
 * event loop never waits for the kernel. Text in nft's language goes in. (Measured in MEASURED.md: a new context per
 * call makes deletions 15 ms; the ECHO flag makes additions O(n): neither is used.)
 *
 * It speaks to the network namespace that the process was started in.
 */
export class Libnftables {
  readonly #native: Native;
  readonly #context: unknown;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(native: Native, context: unknown) {
    this.#native = native;
    this.#context = context;
  }

  /** Throws `unsupported` when libnftables.so.1 is not installed. */
  static open(): Libnftables {
    let library: ReturnType<typeof koffi.load>;
    try {
      library = koffi.load('libnftables.so.1');
    } catch (cause) {
      throw new AppError('unsupported', 'libnftables.so.1 cannot be loaded; Debian has it in "libnftables1"', {
        cause,
      });
    }
    const context = library.func('void *nft_ctx_new(uint32_t flags)')(0);
    library.func('int nft_ctx_buffer_output(void *ctx)')(context);
    library.func('int nft_ctx_buffer_error(void *ctx)')(context);
    const run = library.func('int nft_run_cmd_from_buffer(void *nft, const char *buf)');
    const native: Native = {
      run: (ctx, command, done) => run.async(ctx, command, done),
      output: library.func('const char *nft_ctx_get_output_buffer(void *ctx)'),
      error: library.func('const char *nft_ctx_get_error_buffer(void *ctx)'),
      setFlags: library.func('void nft_ctx_output_set_flags(void *ctx, unsigned int flags)'),
      free: library.func('void nft_ctx_free(void *ctx)'),
    };
    return new Libnftables(native, context);
  }

  /** Runs one transaction: all of it or nothing. Throws `nftables-failed` with what the kernel said. */
  run(transaction: string): Promise<string> {
    return this.#enqueue(transaction, 0);
  }

  /** Lists without counters and timeouts; `withoutElements` leaves out what is in sets and maps. */
  list(what: string, options: { withoutElements?: boolean } = {}): Promise<string> {
    return this.#enqueue(`list ${what}`, stateless | (options.withoutElements ? terse : 0));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queue;
    this.#native.free(this.#context);
  }

  #enqueue(command: string, flags: number): Promise<string> {
    if (this.#closed) return Promise.reject(new AppError('internal', 'the nftables context is closed already'));
    const result = this.#queue.then(() => this.#call(command, flags));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  #call(command: string, flags: number): Promise<string> {
    this.#native.setFlags(this.#context, flags);
    return new Promise((resolve, reject) => {
      this.#native.run(this.#context, command, (error, status) => {
        const output = this.#native.output(this.#context) ?? '';
        const complaint = this.#native.error(this.#context) ?? '';
        if (error) return reject(error);
        if (status === 0) return resolve(output);
        reject(refusal(complaint.trim() || `status ${status} without a message`, command));
      });
    });
  }
}

/** Only a process with CAP_NET_ADMIN in the first user namespace may enlarge its netlink buffer over wmem_max. */
function refusal(said: string, command: string): AppError {
  const tooLong = said.includes('Message too long')
    ? ` (the transaction of ${command.length} characters is larger than net.core.wmem_max lets this process send at once; raise it, or run as root outside of user namespaces)`
    : '';
  return new AppError('nftables-failed', `nftables refused a transaction: ${said.slice(0, 2000)}${tooLong}`, {
    details: { transaction: command.slice(0, 1000) },
  });
}
