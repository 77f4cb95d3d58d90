/** An ISO 8601 time as HL7 writes it (data type DTM), to the second, in UTC: `20261124093000+0000`. */
export function timestamp(iso: string): string {
  const digits = new Date(iso).toISOString().replaceAll(/[-:T]|\..*$/g, '');
  return `${digits}+0000`;
}

/**
 * The ISO 8601 time of an HL7 one. Parts that are left out are the earliest, and a time without a zone is in UTC:
 * the sender's zone is not known here.
 *
 * @returns undefined where it is no time.
 */
export function fromTimestamp(text: string): string | undefined {
  const pattern = /^(\d{4})(\d\d)?(\d\d)?(?:(\d\d)(\d\d)?(\d\d)?(\.\d{1,4})?)?([+-]\d\d)?(\d\d)?$/;
  const parts = pattern.exec(text.trim());
  if (!parts) return undefined;
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = ''] = parts;
  const zone = parts[8] ? `${parts[8]}:${parts[9] ?? '00'}` : 'Z';
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}${zone}`);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
