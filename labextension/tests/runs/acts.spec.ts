import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { describe, expect, it } from 'vitest';
import { ACT_ON_RUN, addActOnRun } from '../../src/runs/actcommand';
import { type Act, ACTS } from '../../src/runs/acts';
import { RunsModel } from '../../src/runs/model';
import type { IRunSummary } from '../../src/runs/types';
import { FakeApi, FakeLive, runOf } from './fakes';

const trans = nullTranslator.load('cellmark');

interface ICase {
  commands: CommandRegistry;
  model: RunsModel;
  done: Act[];
}

function commandsAt(run: IRunSummary | undefined): ICase {
  const commands = new CommandRegistry();
  const model = new RunsModel(new FakeApi(3), new FakeLive());
  const done: Act[] = [];
  addActOnRun(commands, { run, act: act => void done.push(act) }, model, trans);
  return { commands, model, done };
}

describe(ACT_ON_RUN, () => {
  it.each(ACTS)('does %s with the run that the list is at', async act => {
    const { commands, model, done } = commandsAt(runOf(1));
    model.select(['RUN000001', 'RUN000002']);
    expect(commands.label(ACT_ON_RUN, { act })).not.toBe('');
    expect(commands.isEnabled(ACT_ON_RUN, { act })).toBe(true);
    await commands.execute(ACT_ON_RUN, { act });
    expect(done).toEqual([act]);
  });

  it('waits for a run, and for two to compare', () => {
    expect(commandsAt(undefined).commands.isEnabled(ACT_ON_RUN, { act: 'star' })).toBe(false);
    const { commands, model } = commandsAt(runOf(1));
    model.select(['RUN000001']);
    expect(commands.isEnabled(ACT_ON_RUN, { act: 'compare' })).toBe(false);
  });

  it('says what it will do', () => {
    const { commands, model } = commandsAt(runOf(1, { starred: true }));
    expect(commands.label(ACT_ON_RUN, { act: 'star' })).toBe('Take the Star Away');
    expect(commands.label(ACT_ON_RUN, { act: 'choose' })).toBe('Choose, to Compare');
    model.select(['RUN000001']);
    expect(commands.label(ACT_ON_RUN, { act: 'choose' })).toBe('Choose No Longer');
  });

  it('refuses what it does not know', async () => {
    const { commands } = commandsAt(runOf(1));
    await expect(commands.execute(ACT_ON_RUN, { act: 'burn' })).rejects.toThrow(
      'act is "burn"; expected one of open, choose'
    );
  });
});
