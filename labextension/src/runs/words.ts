import type { TranslationBundle } from '@jupyterlab/translation';
import type { Json } from './types';

const MINUTE = 60;
const HOUR = 3600;

/** A number as briefly as tells it apart from its neighbours. */
export function brief(value: number | null): string {
  if (value === null) {
    return '–';
  }
  if (Number.isInteger(value) && Math.abs(value) < 1e7) {
    return String(value);
  }
  const size = Math.abs(value);
  return size >= 1e-4 && size < 1e7 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

/** A parameter's value on one line. */
export function told(value: Json | undefined): string {
  if (value === undefined || value === null) {
    return '–';
  }
  if (typeof value === 'number') {
    return brief(value);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A day and a time of day. */
export function onDay(seconds: number): string {
  const words = { dateStyle: 'medium', timeStyle: 'medium' } as const;
  return new Date(seconds * 1000).toLocaleString([], { ...words, hourCycle: 'h23' });
}

/** A time of day today, else with its day. */
export function when(seconds: number, now = Date.now()): string {
  const then = new Date(seconds * 1000);
  const today = then.toDateString() === new Date(now).toDateString();
  const time = {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23'
  } as const;
  const day = {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23'
  } as const;
  return today ? then.toLocaleTimeString([], time) : then.toLocaleString([], day);
}

/** Bytes as people say them. */
export function memory(bytes: number, trans: TranslationBundle): string {
  return bytes < 1e9
    ? trans.__('%1 MB', Math.round(bytes / 1e6))
    : trans.__('%1 GB', (bytes / 1e9).toFixed(1));
}

export function duration(seconds: number, trans: TranslationBundle): string {
  if (seconds < 1) {
    return trans.__('%1 ms', Math.round(seconds * 1000));
  }
  if (seconds < MINUTE) {
    return trans.__('%1 s', seconds < 10 ? seconds.toFixed(1) : Math.floor(seconds));
  }
  const minutes = Math.floor(seconds / MINUTE);
  return seconds < HOUR
    ? trans.__('%1 min %2 s', minutes, Math.floor(seconds % MINUTE))
    : trans.__('%1 h %2 min', Math.floor(seconds / HOUR), minutes % MINUTE);
}

/** The end of an id as the terminal shows it too, which tells Runs apart where people speak of them. */
export function short(run: string): string {
  return run.slice(-8);
}
