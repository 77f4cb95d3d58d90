/** What of cephes is used; its own types are not reachable through its `exports`. */
declare module 'cephes' {
  /** Inverse of the regularized incomplete beta integral: the x with I_x(a, b) = y. */
  export function incbi(a: number, b: number, y: number): number;
  /** Resolved when its WebAssembly is ready. */
  export const compiled: Promise<void>;
}
