import { promisify } from 'node:util';

type Trim = (keepBytes: number) => Promise<number>;

let trim: Promise<Trim | undefined> | undefined;

/**
 * Gives memory that was freed back to the operating system, with glibc's malloc_trim(3), in a thread of libuv's. glibc
 * keeps most of what a model frees, while it loads and when it closes, so that a process would grow with each reload
 * (docs/decisions/0008-freed-memory-is-given-back.md). Does nothing where the C library is another one.
 */
export async function returnMemory(): Promise<void> {
  trim ??= findTrim();
  await (await trim)?.(0);
}

async function findTrim(): Promise<Trim | undefined> {
  const { default: koffi } = await import('koffi');
  try {
    return promisify<number, number>(koffi.load('libc.so.6').func('int malloc_trim(size_t pad)').async);
  } catch {
    return undefined;
  }
}
