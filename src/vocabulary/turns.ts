/** Most bytes of one file that one turn of the event loop copies or hashes. */
export const BYTES_A_TURN = 262_144;
