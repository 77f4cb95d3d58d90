import type { OPERATIONS } from './operations/index.js';

export type OperationName = keyof typeof OPERATIONS;
export type Arguments<N extends OperationName> = Parameters<(typeof OPERATIONS)[N]>[1];
export type Result<N extends OperationName> = Awaited<ReturnType<(typeof OPERATIONS)[N]>>;

/** An operation with its arguments, which can be sent to another thread. */
export type Call<N extends OperationName = OperationName> = N extends OperationName
  ? readonly [name: N, args: Arguments<N>]
  : never;

type Results<C extends readonly Call[]> = {
  -readonly [I in keyof C]: C[I] extends readonly [infer N extends OperationName, unknown]
    ? Result<N>
    : never;
};

/** Where slides are kept. Its operations are those of `operations/`, the same for each database. */
export interface Store {
  /** Whether other processes may change it, too. */
  readonly shared: boolean;
  /**
   * An operation that changes nothing.
   *
   * @throws {ServiceError} what the operation throws, or store_unavailable.
   */
  read<N extends OperationName>(name: N, args: Arguments<N>): Promise<Result<N>>;
  /**
   * All of these operations in one transaction, one after the other. Once this resolves they are on the disk.
   *
   * @returns the result of each.
   * @throws {ServiceError} what the first of them throws that does, or store_unavailable; then none has changed
   *   anything.
   */
  write<const C extends readonly Call[]>(...calls: C): Promise<Results<C>>;
  close(): Promise<void>;
}

/** What a store tells of. */
export interface StoreLog {
  error(error: unknown, message: string): void;
}
