import { errors } from 'undici';
import { ServiceError } from '../../errors/problem.js';
import { OipError } from '../../oip/tensor.js';

/** Until it is asked again, in seconds. */
const RETRY_AFTER_S = 1;

/** The remote engine cannot be used at the moment; `detail` says to clients why, and `cause` has what only the log may. */
export function unavailable(detail: string, cause?: unknown): ServiceError {
  return of(`The remote engine ${detail}.`, cause);
}

/** What is answered while the fault of an earlier call lasts. */
export function stillUnavailable(fault: ServiceError): ServiceError {
  return of(fault.message, fault);
}

function of(message: string, cause: unknown): ServiceError {
  return new ServiceError('engine_unavailable', message, { cause, retryAfterS: RETRY_AFTER_S });
}

/** The remote engine answered, but with no output of the model. */
export function wrongAnswer(detail: string, cause?: unknown): ServiceError {
  return new ServiceError('engine_wrong_answer', `The remote engine's answer is wrong: ${detail}.`, {
    cause,
  });
}

/** The fault that an error of a call is. */
export function faultOf(error: unknown, timeoutMs: number): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof OipError) return wrongAnswer(error.message, error);
  if (error instanceof errors.ResponseExceededMaxSizeError) return wrongAnswer('it is too long', error);
  const { name } = error as Error;
  if (name === 'TimeoutError' || /Timeout/.test(name)) {
    return unavailable(`did not answer within ${timeoutMs} ms`, error);
  }
  return unavailable('cannot be reached', error);
}

/** A fault with its causes, for the log. */
export function reasonOf(fault: Error): string {
  const cause = fault.cause instanceof Error ? fault.cause : undefined;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return [fault.message, code, cause?.message].filter(Boolean).join(' ');
}
