import { fieldsOf, listOf, numberOf, orNull, textOf } from '../runs/parse';
import type { IEvent, IHistory, IModel, IVersion } from './types';

export function parseModels(value: unknown): IModel[] {
  return listOf(fieldsOf(value)['models'], each => {
    const { model, versions } = fieldsOf(each);
    return { model: textOf(model), versions: listOf(versions, parseVersion) };
  });
}

export function parseHistory(value: unknown): IHistory {
  const { events, faults } = fieldsOf(value);
  return { events: listOf(events, parseEvent), faults: listOf(faults, textOf) };
}

function parseVersion(value: unknown): IVersion {
  const fields = fieldsOf(value);
  return {
    version: numberOf(fields['version']),
    registered: textOf(fields['registered']),
    by: textOf(fields['by']),
    digest: textOf(fields['digest']),
    aliases: listOf(fields['aliases'], textOf)
  };
}

function parseEvent(value: unknown): IEvent {
  const fields = fieldsOf(value);
  return {
    at: textOf(fields['at']),
    who: textOf(fields['who']),
    version: numberOf(fields['version']),
    before: orNull(fields['before'], numberOf),
    alias: orNull(fields['alias'], textOf),
    // Left out where nobody gave one.
    reason: orNull(fields['reason'], textOf) ?? ''
  };
}
