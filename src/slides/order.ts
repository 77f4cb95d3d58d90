import type { Patient, SlideDescription } from './slide.js';

/** What a LIS ordered for a specimen, and of whom it is. */
export interface Order {
  specimenNumber: string;
  /** At whoever placed it (the LIS). */
  orderNumber: string;
  /** At whoever fills it (the laboratory's middleware). */
  fillerOrderNumber?: string;
  /** What is ordered, as whoever placed it codes it (OBR-4). */
  service?: { code: string; text?: string; system?: string };
  patient?: Patient;
  /** ISO 8601 with its offset. */
  collectedAt?: string;
}

/** What a message of a LIS orders. */
export interface OrderChanges {
  placed: Order[];
  /** Orders that no longer stand. */
  cancelled: Pick<Order, 'specimenNumber' | 'orderNumber'>[];
}

/**
 * A slide with what its order says and its caller did not. A patient is taken whole or not at all, so that no slide has
 * one person's name and another one's number.
 */
export function withOrder<T extends SlideDescription>(slide: T, order: Order | undefined): T {
  if (!order) return slide;
  const { orderNumber, fillerOrderNumber, patient, collectedAt } = order;
  const isOfOtherOrder = slide.orderNumber !== undefined && slide.orderNumber !== orderNumber;
  if (isOfOtherOrder) return slide;
  const known = {
    orderNumber,
    ...(fillerOrderNumber && { fillerOrderNumber }),
    ...(patient && { patient }),
    ...(collectedAt && { collectedAt }),
  };
  return { ...known, ...slide };
}
