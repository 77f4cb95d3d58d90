const files = new Map<string, File[]>();

/** Files that were dropped for a slide which is about to be opened. */
export const pendingFiles = {
  put: (slideId: string, dropped: File[]): void => {
    files.set(slideId, dropped);
  },
  take: (slideId: string): File[] | undefined => {
    const dropped = files.get(slideId);
    files.delete(slideId);
    return dropped;
  },
};
