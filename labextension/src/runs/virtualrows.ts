import type { Message } from '@lumino/messaging';
import { type ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { element } from './dom';

export interface IVirtualRowsOptions {
  /** What screen readers call the rows. */
  readonly label: string;
  /** All rows have this height, in pixels. */
  readonly height: number;
  readonly draw: (index: number) => HTMLElement;
  /** The row that the Tab key leads to. It exists out of view too, or the key would find none. */
  readonly active: () => number;
}

/** Rows that are drawn beyond either edge, so that a turn of the wheel finds them there. */
const MARGIN = 8;

/** A grid of rows of which little more than those in view exist, however many there are. */
export class VirtualRows extends Widget {
  constructor(private readonly options: IVirtualRowsOptions) {
    super();
    this.addClass('jp-Cellmark-scroll');
    this.rows = element('div', {
      class: 'jp-Cellmark-rows',
      role: 'grid',
      'aria-label': options.label
    });
    this.node.append(this.rows);
  }

  /** Emitted with the first and the last row that are drawn, as they become others. */
  get viewed(): ISignal<this, readonly [number, number]> {
    return this._viewed;
  }

  /** Draw anew what is in view of this many rows. */
  redraw(length: number): void {
    this.length = length;
    this.rows.style.height = `${length * this.options.height}px`;
    this.rows.setAttribute('aria-rowcount', String(length));
    this.paint();
  }

  /** Scroll as little as shows the row. */
  reveal(index: number): void {
    const { height } = this.options;
    const top = index * height;
    const { scrollTop, clientHeight } = this.node;
    if (top < scrollTop) {
      this.node.scrollTop = top;
    } else if (top + height > scrollTop + clientHeight) {
      this.node.scrollTop = top + height - clientHeight;
    }
    this.paint();
  }

  /** The row's element, while it is drawn. */
  find(index: number): HTMLElement | null {
    return this.rows.querySelector<HTMLElement>(`[aria-rowindex="${index + 1}"]`);
  }

  /** How many rows are in view at once. */
  get perPage(): number {
    return Math.max(1, Math.floor(this.node.clientHeight / this.options.height));
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.node.addEventListener('scroll', this.scrolled, { passive: true });
  }

  protected override onBeforeDetach(message: Message): void {
    this.node.removeEventListener('scroll', this.scrolled);
    super.onBeforeDetach(message);
  }

  protected override onAfterShow(): void {
    this.paint();
  }

  protected override onResize(): void {
    this.paint();
  }

  private readonly scrolled = (): void => {
    // Many scroll events may come for one picture on the screen.
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint();
    });
  };

  private paint(): void {
    const { height, active } = this.options;
    const { scrollTop, clientHeight } = this.node;
    const first = Math.max(0, Math.floor(scrollTop / height) - MARGIN);
    const last = Math.min(this.length, Math.ceil((scrollTop + clientHeight) / height) + MARGIN) - 1;
    const drawn: HTMLElement[] = [];
    for (let index = first; index <= last; index++) {
      drawn.push(this.drawn(index));
    }
    if (active() < first) {
      drawn.unshift(this.drawn(active()));
    } else if (active() > last && active() < this.length) {
      drawn.push(this.drawn(active()));
    }
    this.replace(drawn);
    if (last >= first) {
      this._viewed.emit([first, last]);
    }
  }

  /** A row as it is now: the element that is there, if that is the same. */
  private drawn(index: number): HTMLElement {
    const row = this.options.draw(index);
    row.setAttribute('aria-rowindex', String(index + 1));
    row.style.transform = `translateY(${index * this.options.height}px)`;
    const old = this.find(index);
    return old?.isEqualNode(row) === true ? old : row;
  }

  /**
   * Put the new rows in place of the old ones. Those that stay are not touched: a button of the
   * mouse may be down on one. The keyboard stays among the rows, at the active one.
   */
  private replace(drawn: readonly HTMLElement[]): void {
    const focused = this.rows.contains(document.activeElement) ? document.activeElement : null;
    const part = focused?.getAttribute('data-part');
    const { children } = this.rows;
    const staying = new Set<Element>(drawn);
    for (const old of [...children].filter(row => !staying.has(row))) {
      old.remove();
    }
    drawn.forEach((row, at) => {
      if (children[at] !== row) {
        this.rows.insertBefore(row, children[at] ?? null);
      }
    });
    const row = this.find(this.options.active());
    if (focused && row?.contains(document.activeElement) === false) {
      const target = part ? row.querySelector<HTMLElement>(`[data-part="${part}"]`) : row;
      (target ?? row).focus({ preventScroll: true });
    }
  }

  private length = 0;
  private frame: number | null = null;
  private readonly rows: HTMLElement;
  private readonly _viewed = new Signal<this, readonly [number, number]>(this);
}
