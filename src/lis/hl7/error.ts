/** Conditions of HL7 table 0357 that an ERR segment reports. */
export const CONDITIONS = {
  segment_sequence_error: { code: '100', text: 'Segment sequence error' },
  required_field_missing: { code: '101', text: 'Required field missing' },
  data_type_error: { code: '102', text: 'Data type error' },
  table_value_not_found: { code: '103', text: 'Table value not found' },
  unsupported_message_type: { code: '200', text: 'Unsupported message type' },
  unsupported_event_code: { code: '201', text: 'Unsupported event code' },
  unsupported_processing_id: { code: '202', text: 'Unsupported processing id' },
  unsupported_version_id: { code: '203', text: 'Unsupported version id' },
  unknown_key: { code: '204', text: 'Unknown key identifier' },
  duplicate_key: { code: '205', text: 'Duplicate key identifier' },
  internal_error: { code: '207', text: 'Application internal error' },
} as const;
export type Condition = keyof typeof CONDITIONS;

/** What is wrong with a message, and where: for the sender's ERR segment, without the message's content. */
export class Hl7Error extends Error {
  override readonly name = 'Hl7Error';

  constructor(
    readonly condition: Condition,
    message: string,
    readonly segment?: string,
    readonly field?: number,
    /** Which segment of this name, from 1. */
    readonly sequence = 1,
  ) {
    super(message);
  }
}
