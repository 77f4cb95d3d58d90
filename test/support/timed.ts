/** Of a test that holds a time: what else the machine does may spoil one measurement, but a slow service spoils all. */
export const TIMED = { retry: 2 };
