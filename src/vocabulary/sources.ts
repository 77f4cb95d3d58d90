/** What the name of a source may be: an analyzer, as it names itself. */
export const SOURCE_NAME = /^[\w.:-]{1,64}$/;
