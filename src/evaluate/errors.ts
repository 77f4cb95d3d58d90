/** A wrong command line, said in one line. */
export class ArgumentsError extends Error {
  override name = 'ArgumentsError';
}

/** A data set or split that cannot be judged as it is, said in one line. */
export class DataError extends Error {
  override name = 'DataError';
}
