// Lumino's widgets name this class when they load; jsdom has none.
class FakeDragEvent extends MouseEvent {}

Object.assign(globalThis, { DragEvent: FakeDragEvent });

// JupyterLab's side panels ask for the reader's colours when they load; jsdom has no answer.
window.matchMedia = () => new EventTarget() as MediaQueryList;
