import type { SlideState } from './state.ts';

const TYPE = 'application/x-hemoserve-crops';

/** Takes the crop along, and all selected ones if it is one of them. */
export function dragCrops({ dataTransfer }: DragEvent, state: SlideState, crop: string): void {
  if (!state.selected.value.has(crop)) state.selected.value = new Set([crop]);
  dataTransfer?.setData(TYPE, 'crops');
  if (dataTransfer) dataTransfer.effectAllowed = 'move';
}

/** What makes an element a place where crops are dropped to get a class. */
export function dropTarget(state: SlideState, name: string) {
  const mark = (event: DragEvent, isOver: boolean) =>
    (event.currentTarget as HTMLElement).classList.toggle('over', isOver);
  const isOurs = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes(TYPE) ?? false;
  return {
    onDragOver: (event: DragEvent) => {
      if (!isOurs(event)) return;
      event.preventDefault();
      mark(event, true);
    },
    onDragLeave: (event: DragEvent) => mark(event, false),
    onDrop: (event: DragEvent) => {
      mark(event, false);
      if (!isOurs(event)) return;
      event.preventDefault();
      void state.assignSelected(name);
    },
  };
}
