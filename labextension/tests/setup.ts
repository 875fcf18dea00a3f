// Lumino's widgets name this class when they load; jsdom has none.
class FakeDragEvent extends MouseEvent {}

Object.assign(globalThis, { DragEvent: FakeDragEvent });
