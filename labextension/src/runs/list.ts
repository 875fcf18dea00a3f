import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { type Act, KEYS } from './keys';
import type { Layout, Row } from './layout';
import type { RunsModel } from './model';
import { groupRow, type IRowContext, liveRow, pendingRow, ROW_HEIGHT, runRow } from './row';
import type { IRunSummary } from './types';
import { VirtualRows } from './virtualrows';

/** What the list asks for on a person's behalf. */
export interface IRunActions {
  open(run: IRunSummary): void;
  /** Show what else can be done with a Run, at this place of the page. */
  offer(run: IRunSummary, x: number, y: number): void;
  editNote(run: IRunSummary): void;
  /** Show the cell. */
  jump(cell: string): void;
}

export interface IRunListOptions {
  readonly model: RunsModel;
  readonly actions: IRunActions;
  readonly trans: TranslationBundle;
}

const SECOND = 1000;

/** The Runs as rows, worked by mouse or keyboard. */
export class RunList extends VirtualRows {
  constructor(private readonly given: IRunListOptions) {
    super({
      label: given.trans.__('Runs of this notebook'),
      height: ROW_HEIGHT,
      draw: index => this.drawRow(index)
    });
    this.viewed.connect((_, [first, last]) => {
      this.ensure(first, last);
    });
  }

  refresh(): void {
    this.layoutNow = this.given.model.layout;
    this.active = Math.max(0, Math.min(this.active, this.layoutNow.length - 1));
    this.redraw(this.layoutNow.length);
    this.tick();
  }

  handleEvent(event: Event): void {
    switch (event.type) {
      case 'click':
        this.click(event as MouseEvent);
        break;
      case 'keydown':
        this.key(event as KeyboardEvent);
        break;
      case 'contextmenu':
        this.menu(event as MouseEvent);
        break;
    }
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    for (const type of EVENTS) {
      this.node.addEventListener(type, this);
    }
  }

  protected override onBeforeDetach(message: Message): void {
    clearTimeout(this.timer);
    for (const type of EVENTS) {
      this.node.removeEventListener(type, this);
    }
    super.onBeforeDetach(message);
  }

  /** Show how long a cell has been running, while there is one and somebody sees it. */
  private tick(): void {
    clearTimeout(this.timer);
    const { model } = this.given;
    if (this.isVisible && model.live.of(model.notebook).length > 0) {
      this.timer = setTimeout(() => {
        this.refresh();
      }, SECOND);
    }
  }

  private ensure(first: number, last: number): void {
    const places = [first, last].map(index => this.layoutNow?.row(index));
    const at = places.flatMap(row => (row?.kind === 'run' ? [row.at] : []));
    // A heading or a live cell at the edge: the Runs beside it are within one page of it.
    const from = Math.min(...at, places[0]?.kind === 'live' ? 0 : Infinity);
    const to = Math.max(...at, -Infinity);
    if (Number.isFinite(from) && Number.isFinite(to)) {
      void this.given.model.ensure(from, to);
    }
  }

  private drawRow(index: number): HTMLElement {
    const { model, trans } = this.given;
    const row = this.rowAt(index);
    const context: IRowContext = {
      trans,
      query: model.query,
      selected: false,
      active: index === this.active
    };
    switch (row.kind) {
      case 'live': {
        const live = model.live.of(model.notebook)[row.live];
        return live ? liveRow(live, context) : pendingRow(context);
      }
      case 'group':
        return groupRow(row.group, context);
      case 'run': {
        const run = model.runAt(row.at);
        return run
          ? runRow(run, { ...context, selected: model.selected.includes(run.run) })
          : pendingRow(context);
      }
    }
  }

  private rowAt(index: number): Row {
    this.layoutNow ??= this.given.model.layout;
    return this.layoutNow.row(index);
  }

  private runAt(index: number): IRunSummary | undefined {
    const row = this.rowAt(index);
    return row.kind === 'run' ? this.given.model.runAt(row.at) : undefined;
  }

  private click(event: MouseEvent): void {
    const index = indexOf(event);
    if (index === null) {
      return;
    }
    this.active = index;
    const part = (event.target as Element).closest('[data-part]')?.getAttribute('data-part');
    const wanted = event.ctrlKey || event.metaKey ? 'choose' : part;
    this.act(index, wanted === 'choose' || wanted === 'star' ? wanted : 'open');
  }

  private menu(event: MouseEvent): void {
    const index = indexOf(event);
    const run = index === null ? undefined : this.runAt(index);
    if (run) {
      event.preventDefault();
      event.stopPropagation();
      this.given.actions.offer(run, event.clientX, event.clientY);
    }
  }

  private key(event: KeyboardEvent): void {
    const moved = this.moved(event.key);
    const act = KEYS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || (moved === null && !act)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (moved !== null) {
      this.moveTo(moved);
    } else if (act && (act !== 'offer' || event.key !== 'F10' || event.shiftKey)) {
      this.act(this.active, act);
    }
  }

  private moved(key: string): number | null {
    const last = this.given.model.layout.length - 1;
    const to: Record<string, number> = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + this.perPage,
      PageUp: this.active - this.perPage,
      Home: 0,
      End: last
    };
    const target = to[key];
    return target === undefined ? null : Math.max(0, Math.min(last, target));
  }

  private moveTo(index: number): void {
    this.active = index;
    this.reveal(index);
    this.find(index)?.focus({ preventScroll: true });
  }

  private act(index: number, act: Act): void {
    const { model, actions } = this.given;
    const row = this.rowAt(index);
    const run = this.runAt(index);
    if (row.kind === 'live' && act === 'open') {
      const live = model.live.of(model.notebook)[row.live];
      actions.jump(live?.cell ?? '');
    }
    if (run) {
      this.actOn(run, act, index);
    }
  }

  private actOn(run: IRunSummary, act: Act, index: number): void {
    const { model, actions } = this.given;
    switch (act) {
      case 'open':
        actions.open(run);
        break;
      case 'choose':
        model.select(toggled(model.selected, run.run));
        break;
      case 'star':
        void model.mark(run.run, { starred: !run.starred });
        break;
      case 'delete':
        void model.mark(run.run, { deleted: true });
        break;
      case 'note':
        actions.editNote(run);
        break;
      case 'offer': {
        const { left, bottom } = this.find(index)?.getBoundingClientRect() ?? new DOMRect();
        actions.offer(run, left, bottom);
      }
    }
  }

  /** The row that the keyboard is at. */
  private active = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private layoutNow: Layout | undefined;
}

const EVENTS = ['click', 'keydown', 'contextmenu'] as const;

function indexOf(event: Event): number | null {
  const row = (event.target as Element).closest('[aria-rowindex]');
  return row ? Number(row.getAttribute('aria-rowindex')) - 1 : null;
}

function toggled(chosen: readonly string[], run: string): string[] {
  return chosen.includes(run) ? chosen.filter(other => other !== run) : [...chosen, run];
}
