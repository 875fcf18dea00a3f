import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { type Act, actOn, type IRunActions } from './acts';
import { type Key, keyOf, movedBy } from './keys';
import type { Layout, Row } from './layout';
import type { RunsModel } from './model';
import { ROW_HEIGHT } from './row';
import { rowOf } from './rows';
import type { IRunSummary } from './types';
import { VirtualRows } from './virtualrows';

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
      draw: index => rowOf(this.rowAt(index), given.model, given.trans, index === this.active),
      active: () => this.active
    });
    this.viewed.connect((_, [first, last]) => {
      this.ensure(first, last);
    });
  }

  /** The Run that the keyboard is at. */
  get run(): IRunSummary | undefined {
    return this.runAt(this.active);
  }

  /** Do this with the Run that the keyboard is at. */
  act(act: Act): void {
    const { run } = this;
    if (run) {
      actOn(run, act, this.given.model, this.given.actions);
    }
  }

  refresh(): void {
    this.layoutNow = this.given.model.layout;
    this.follow(this.layoutNow);
    this.redraw(this.layoutNow.length);
    this.tick();
  }

  handleEvent(event: Event): void {
    switch (event.type) {
      case 'click':
        this.click(event as MouseEvent);
        break;
      case 'focusin':
        this.standAt(indexOf(event) ?? this.active);
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
    this.standAt(index);
    const part = (event.target as Element).closest('[data-part]')?.getAttribute('data-part');
    const wanted = event.ctrlKey || event.metaKey ? 'choose' : part;
    if (wanted === 'choose' || wanted === 'star') {
      this.act(wanted);
    } else {
      this.open();
    }
  }

  private menu(event: MouseEvent): void {
    const index = indexOf(event);
    const run = index === null ? undefined : this.runAt(index);
    if (index !== null && run) {
      event.preventDefault();
      event.stopPropagation();
      this.standAt(index);
      this.given.actions.offer(run, event.clientX, event.clientY, this.takeFocus);
    }
  }

  private key(event: KeyboardEvent): void {
    const last = this.given.model.layout.length - 1;
    const moved = movedBy(event.key, { active: this.active, last, perPage: this.perPage });
    const key = keyOf(event);
    if (event.ctrlKey || event.metaKey || event.altKey || (moved === null && key === null)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (moved !== null) {
      this.moveTo(moved);
    } else if (key !== null) {
      this.press(key);
    }
  }

  private press(key: Key): void {
    if (key === 'open') {
      this.open();
    } else if (key === 'choose') {
      this.act('choose');
    } else if (this.run) {
      const { left, bottom } = this.find(this.active)?.getBoundingClientRect() ?? new DOMRect();
      this.given.actions.offer(this.run, left, bottom, this.takeFocus);
    }
  }

  private moveTo(index: number): void {
    this.standAt(index);
    this.reveal(index);
    this.takeFocus();
  }

  private readonly takeFocus = (): void => {
    this.find(this.active)?.focus({ preventScroll: true });
  };

  /** Have the keyboard at this row. */
  private standAt(index: number): void {
    this.find(this.active)?.setAttribute('tabindex', '-1');
    this.find(index)?.setAttribute('tabindex', '0');
    this.active = index;
    this.stoodAt = this.run?.run;
  }

  /** Stay at the Run, not at its place: others come above it. The next one follows one that went. */
  private follow(layout: Layout): void {
    const { model } = this.given;
    const place = this.stoodAt === undefined ? undefined : model.placeOf(this.stoodAt);
    const row = place === undefined ? this.active : layout.rowOfRun(place);
    this.active = Math.max(0, Math.min(row, layout.length - 1));
    // Another order, or another notebook, begins at its top.
    const known = this.stoodAt !== undefined && model.state.kind === 'ready';
    this.stoodAt = known ? this.run?.run : undefined;
  }

  /** A Run is opened; a cell that runs now is gone to. */
  private open(): void {
    const { model, actions } = this.given;
    const row = this.rowAt(this.active);
    if (row.kind === 'live') {
      actions.jump(model.live.of(model.notebook)[row.live]?.cell ?? '');
    } else {
      this.act('open');
    }
  }

  /** The row that the keyboard is at. */
  private active = 0;
  /** The Run of that row, if a person went to it. */
  private stoodAt: string | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private layoutNow: Layout | undefined;
}

const EVENTS = ['click', 'focusin', 'keydown', 'contextmenu'] as const;

function indexOf(event: Event): number | null {
  const row = (event.target as Element).closest('[aria-rowindex]');
  return row ? Number(row.getAttribute('aria-rowindex')) - 1 : null;
}
